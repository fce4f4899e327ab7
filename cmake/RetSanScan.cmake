# retsan_add_scan(NAME TARGETS target... [OUTPUT FILE] [LEVEL high|medium|low]
#                 [FAIL_ON none|new|high] [OPTIONS option...])
#
# A target NAME (not in `all`) that scans the C and C++ sources of the TARGETS with
# the flags they are compiled with, prints the report and writes the findings to FILE
# (default: NAME.json in the binary folder). It fails if FAIL_ON finds something
# (default: none). OPTIONS go to `retsan scan`. Needs CMAKE_EXPORT_COMPILE_COMMANDS.
#
# retsan_add_test(NAME name [FINDINGS FILE | SCAN scan] [FAIL_ON confirmed|high|new|none]
#                 COMMAND command [argument...])
#
# A test of ctest that runs an instrumented program under `retsan run` and fails if
# the program does, or if a finding is confirmed (or what FAIL_ON says). SCAN names a
# scan of retsan_add_scan, whose findings are then taken.
include_guard(GLOBAL)

function(retsan_add_scan name)
  cmake_parse_arguments(ARG "" "OUTPUT;LEVEL;FAIL_ON" "TARGETS;OPTIONS" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "retsan_add_scan: unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_TARGETS)
    message(FATAL_ERROR "retsan_add_scan: no TARGETS given")
  endif()
  if(NOT CMAKE_EXPORT_COMPILE_COMMANDS)
    message(FATAL_ERROR "retsan_add_scan: set CMAKE_EXPORT_COMPILE_COMMANDS to ON before the "
      "targets are declared; the scan reads compile_commands.json")
  endif()
  if(NOT ARG_LEVEL)
    set(ARG_LEVEL high)
  endif()
  if(NOT ARG_FAIL_ON)
    set(ARG_FAIL_ON none)
  endif()
  if(NOT ARG_OUTPUT)
    set(ARG_OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/${name}.json")
  endif()
  get_filename_component(output "${ARG_OUTPUT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")

  set(sources)
  foreach(target ${ARG_TARGETS})
    if(NOT TARGET "${target}")
      message(FATAL_ERROR "retsan_add_scan: '${target}' is no target")
    endif()
    list(APPEND sources "$<PATH:ABSOLUTE_PATH,NORMALIZE,$<FILTER:$<TARGET_PROPERTY:${target},SOURCES>,INCLUDE,\\.(c|C|cc|cpp|cxx|c\\+\\+)$>,$<TARGET_PROPERTY:${target},SOURCE_DIR>>")
  endforeach()
  # The report stands on its own, so that a scan which fails is told again at the next
  # build without another scan.
  add_custom_command(OUTPUT "${output}"
    COMMAND "${RETSAN_COMMAND}" scan --quiet -p "${CMAKE_BINARY_DIR}" "--root=${CMAKE_SOURCE_DIR}"
            "--level=${ARG_LEVEL}" --fail-on=none --format=json -o "${output}" ${ARG_OPTIONS}
            "${sources}"
    DEPENDS "${sources}" "${CMAKE_BINARY_DIR}/compile_commands.json"
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
    COMMENT "RetSan: scanning ${ARG_TARGETS}"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${name}-findings DEPENDS "${output}")
  add_custom_target(${name}
    COMMAND "${RETSAN_COMMAND}" report "${output}" "--fail-on=${ARG_FAIL_ON}"
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
    VERBATIM)
  add_dependencies(${name} ${name}-findings)
  set_target_properties(${name} PROPERTIES RETSAN_FINDINGS "${output}")
endfunction()

function(retsan_add_test)
  cmake_parse_arguments(ARG "" "NAME;FINDINGS;SCAN;FAIL_ON" "COMMAND" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "retsan_add_test: unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT ARG_NAME OR NOT ARG_COMMAND)
    message(FATAL_ERROR "retsan_add_test: NAME and COMMAND are needed")
  endif()
  if(ARG_SCAN)
    if(NOT TARGET "${ARG_SCAN}-findings")
      message(FATAL_ERROR "retsan_add_test: '${ARG_SCAN}' is no scan of retsan_add_scan")
    endif()
    get_target_property(findings "${ARG_SCAN}" RETSAN_FINDINGS)
  elseif(ARG_FINDINGS)
    get_filename_component(findings "${ARG_FINDINGS}" ABSOLUTE)
  else()
    message(FATAL_ERROR "retsan_add_test: FINDINGS or SCAN is needed")
  endif()
  if(NOT ARG_FAIL_ON)
    set(ARG_FAIL_ON confirmed)
  endif()
  list(POP_FRONT ARG_COMMAND program)
  if(TARGET "${program}")
    set(program "$<TARGET_FILE:${program}>")
  endif()
  add_test(NAME "${ARG_NAME}"
    COMMAND "${RETSAN_COMMAND}" run "--findings=${findings}" "--fail-on=${ARG_FAIL_ON}" --
            "${program}" ${ARG_COMMAND})
endfunction()
