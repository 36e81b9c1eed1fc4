foreach(program pinwire pinwire-worker pinwire-callback pinwire-api)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()
# For tests and demos; not in the package.
foreach(program pinwire-sim pinwire-broker)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT tools)
  endif()
endforeach()
install(DIRECTORY sql/ DESTINATION ${CMAKE_INSTALL_DATADIR}/pinwire/sql FILES_MATCHING PATTERN "*.sql")

# systemd looks below lib/, whatever the distribution calls its library folder. The units name the programs
# by their full path, so they are filled in with this build's prefix; what all share stands in one file.
file(READ "${CMAKE_SOURCE_DIR}/systemd/hardening.conf" PINWIRE_UNIT_HARDENING)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/systemd/hardening.conf")
foreach(unit pinwire-worker@.service pinwire-callback.service pinwire-api.service)
  configure_file(systemd/${unit}.in "${CMAKE_BINARY_DIR}/systemd/${unit}" @ONLY)
  install(FILES "${CMAKE_BINARY_DIR}/systemd/${unit}" DESTINATION lib/systemd/system COMPONENT units)
endforeach()
install(FILES systemd/sysusers.d/pinwire.conf DESTINATION lib/sysusers.d)
install(FILES systemd/tmpfiles.d/pinwire.conf DESTINATION lib/tmpfiles.d)
install(FILES LICENSE CHANGELOG.md deploy/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
        FILES_MATCHING PATTERN "*.md" PATTERN "*.schema.json" PATTERN "pinwire.toml" PATTERN "man" EXCLUDE)
install(DIRECTORY deploy/prometheus deploy/grafana DESTINATION ${CMAKE_INSTALL_DATADIR}/pinwire)

# Examples for the machine's reverse proxy, as tests/integration/nginx runs them.
install(DIRECTORY deploy/nginx/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/nginx FILES_MATCHING PATTERN "*.conf")
