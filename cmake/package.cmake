# cpack: one Debian package, for the release of Debian that it is built on (scripts/package). What another release calls
# its libraries differs, so the release is a part of the version: an upgrade of Debian brings the package made for it.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pinwire)
set(CPACK_PACKAGE_CONTACT "Pinwire maintainers <pinwire@localhost>")
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
if(EXISTS /etc/debian_version)
  file(STRINGS /etc/os-release release REGEX "^VERSION_ID=")
  string(REGEX REPLACE "[^0-9]" "" release "${release}")
  if(release)
    string(APPEND CPACK_PACKAGE_VERSION "+deb${release}")
  endif()
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "delivers one-time PINs by SMS and voice")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "Pinwire takes PIN jobs from Kafka or over HTTP, looks numbers up, sends PINs
through carriers, takes their delivery reports in and posts reports on.
.
The worker, the callback and the API are systemd services, which this package
neither enables nor starts: they want a configuration, a key ring and a
migrated PostgreSQL first. /usr/share/doc/pinwire/operations.md says how.")
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # it packs what was built
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                                WORLD_READ WORLD_EXECUTE)

# All but the component "tools": a machine that sends real messages has no simulator and no toy broker.
set(CPACK_COMPONENTS_ALL Unspecified units)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Users and folders are made by systemd's tools, which a container may have without systemd; carriers' certificates are
# checked against Debian's list; procps is the units' /bin/kill.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, ca-certificates, procps")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "postgresql, nginx-light, prometheus, bash-completion")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/deploy/debian/postinst"
    "${CMAKE_SOURCE_DIR}/deploy/debian/prerm" "${CMAKE_SOURCE_DIR}/deploy/debian/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION TRUE)
include(CPack)
