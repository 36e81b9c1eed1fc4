# Manual pages and the shell's completion. Which commands there are is told by the program itself; tests/packaging
# compares the pages with what the programs say of themselves.
set(PINWIRE_MANUAL "${CMAKE_BINARY_DIR}/manual")
set(PINWIRE_COMMANDS "@PINWIRE_COMMANDS@")  # filled in by the build
configure_file(docs/man/pinwire.1.in "${PINWIRE_MANUAL}/pinwire.1.in" @ONLY)
foreach(page pinwire-worker.8 pinwire-callback.8 pinwire-api.8 pinwire.toml.5)
  configure_file("docs/man/${page}.in" "${PINWIRE_MANUAL}/${page}" @ONLY)
  string(REGEX MATCH "[0-9]$" section ${page})
  install(FILES "${PINWIRE_MANUAL}/${page}" DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

# A sanitizer's program is slow and speaks where a build doesn't expect it; nobody installs it.
if(TARGET pinwire AND NOT PINWIRE_SANITIZE)
  add_custom_command(
    OUTPUT "${PINWIRE_MANUAL}/pinwire.1" "${PINWIRE_MANUAL}/completion/pinwire"
    COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:pinwire> -DPAGE=${PINWIRE_MANUAL}/pinwire.1.in
            -DPAGE_OUT=${PINWIRE_MANUAL}/pinwire.1
            -DCOMPLETION_OUT=${PINWIRE_MANUAL}/completion/pinwire -P ${CMAKE_SOURCE_DIR}/cmake/describe.cmake
    DEPENDS pinwire "${PINWIRE_MANUAL}/pinwire.1.in" cmake/describe.cmake
    VERBATIM)
  add_custom_target(pinwire_manual ALL DEPENDS "${PINWIRE_MANUAL}/pinwire.1" "${PINWIRE_MANUAL}/completion/pinwire")
  install(FILES "${PINWIRE_MANUAL}/pinwire.1" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES "${PINWIRE_MANUAL}/completion/pinwire" DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
endif()
