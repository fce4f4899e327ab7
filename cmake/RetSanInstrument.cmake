# retsan_instrument(TARGET [SUSPECTS FILE | SCAN scan] [MODE suspects|stamp|all|heap])
#
# Compiles TARGET with the RetSan plugins and, if it is a program, links the runtime.
# The project must be configured with Clang 19. FILE is what `retsan scan
# --format=json` or `retsan link` wrote; without it the runtime is linked and nothing
# is instrumented. SCAN names a scan of retsan_add_scan, which then runs before TARGET
# is built. Objects are rebuilt when the findings change. Libraries that are linked
# into TARGET are instrumented only if they are named themselves.
include_guard(GLOBAL)

# The folder of an installation, or of the build tree that this file is used in.
set(_RETSAN_INSTRUMENT_DIR "${CMAKE_CURRENT_LIST_DIR}")

function(_retsan_part variable name)
  foreach(dir "${_RETSAN_INSTRUMENT_DIR}/../.." "${CMAKE_BINARY_DIR}/lib" "${RETSAN_LIB_DIR}")
    if(EXISTS "${dir}/${name}")
      get_filename_component(path "${dir}/${name}" ABSOLUTE)
      set(${variable} "${path}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "retsan_instrument: ${name} is not found beside ${_RETSAN_INSTRUMENT_DIR}; "
    "RETSAN_LIB_DIR may name its folder.")
endfunction()

function(retsan_instrument target)
  cmake_parse_arguments(ARG "" "SUSPECTS;SCAN;MODE" "" ${ARGN})
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "retsan_instrument: unknown arguments: ${ARG_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT TARGET "${target}")
    message(FATAL_ERROR "retsan_instrument: '${target}' is no target")
  endif()
  if(NOT ARG_MODE)
    set(ARG_MODE suspects)
  endif()
  if(NOT ARG_MODE MATCHES "^(suspects|stamp|all|heap)$")
    message(FATAL_ERROR "retsan_instrument: unknown mode '${ARG_MODE}'; the modes are suspects, stamp, all, heap")
  endif()
  foreach(lang C CXX)
    if(CMAKE_${lang}_COMPILER AND NOT
       (CMAKE_${lang}_COMPILER_ID STREQUAL "Clang" AND CMAKE_${lang}_COMPILER_VERSION MATCHES "^19\\."))
      message(FATAL_ERROR "retsan_instrument: Clang 19 is needed, but the ${lang} compiler is "
        "${CMAKE_${lang}_COMPILER_ID} ${CMAKE_${lang}_COMPILER_VERSION}; "
        "configure with -DCMAKE_${lang}_COMPILER=clang-19 (or clang++-19)")
    endif()
  endforeach()

  set(suspects)
  if(ARG_SCAN)
    if(NOT TARGET "${ARG_SCAN}-findings")
      message(FATAL_ERROR "retsan_instrument: '${ARG_SCAN}' is no scan of retsan_add_scan")
    endif()
    get_target_property(suspects "${ARG_SCAN}" RETSAN_FINDINGS)
    add_dependencies(${target} "${ARG_SCAN}-findings")
  elseif(ARG_SUSPECTS)
    get_filename_component(suspects "${ARG_SUSPECTS}" ABSOLUTE)
    if(NOT EXISTS "${suspects}")
      message(FATAL_ERROR "retsan_instrument: suspects file '${suspects}' does not exist")
    endif()
  endif()
  if(ARG_MODE MATCHES "stamp|all" OR (suspects AND NOT ARG_MODE STREQUAL "heap"))
    _retsan_part(plugin retsan-clang-plugin.so)
    _retsan_part(passes retsan-passes.so)
    # -Rpass= of nothing keeps source positions without debug information.
    set(flags "-fplugin=${plugin}" "-fplugin-arg-retsan-mode=${ARG_MODE}"
              "-fpass-plugin=${passes}" "-Rpass=retsan-keeps-locations")
    if(suspects)
      list(APPEND flags "-fplugin-arg-retsan-suspects=${suspects}")
      target_compile_options(${target} PRIVATE
        "$<$<COMPILE_LANGUAGE:C,CXX>:SHELL:-Xclang \"-fdepfile-entry=${suspects}\">")
    endif()
    foreach(flag ${flags})
      target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:${flag}>")
    endforeach()
  endif()

  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    _retsan_part(runtime libretsan_rt.a)
    target_link_options(${target} PRIVATE
      "-Wl,--push-state,--whole-archive,${runtime},--pop-state"
      "-Wl,--export-dynamic-symbol=__retsan_*" "-Wl,--export-dynamic-symbol=retsan_*")
    target_link_libraries(${target} PRIVATE pthread ${CMAKE_DL_LIBS})
  endif()
endfunction()
