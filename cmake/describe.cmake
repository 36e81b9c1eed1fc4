# Run by the build: the program's own words about its commands, into the completion and pinwire(1).
#   cmake -DPROGRAM=… -DPAGE=….in -DPAGE_OUT=… -DCOMPLETION_OUT=… -P describe.cmake
foreach(form bash manual)
  execute_process(COMMAND "${PROGRAM}" describe ${form} OUTPUT_VARIABLE ${form} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(WRITE "${COMPLETION_OUT}" "${bash}")
set(PINWIRE_COMMANDS "${manual}")
configure_file("${PAGE}" "${PAGE_OUT}" @ONLY)
