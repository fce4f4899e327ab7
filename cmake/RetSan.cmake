# What every room of the project shares: where LLVM 19 is, how libraries, plugins
# and tests are declared, where build products go.

include(GNUInstallDirs)
include(CTest)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

option(RETSAN_WERROR "Treat warnings as errors" OFF)
set(RETSAN_SANITIZE "" CACHE STRING "Sanitizers for RetSan's own code, as -fsanitize= takes them")

find_program(RETSAN_CCACHE ccache)
if(RETSAN_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${RETSAN_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${RETSAN_CCACHE}")
endif()

# Debian's LLVMConfigVersion wants major.minor; a plain 19 is refused.
set(_llvm_hint "/usr/lib/llvm-19/lib/cmake")
find_package(LLVM 19.1 REQUIRED CONFIG HINTS "${_llvm_hint}/llvm")
find_package(Clang REQUIRED CONFIG HINTS "${_llvm_hint}/clang" "${LLVM_DIR}/../clang")
message(STATUS "RetSan: LLVM ${LLVM_PACKAGE_VERSION} in ${LLVM_INSTALL_PREFIX}")
set(RETSAN_CLANG "${LLVM_TOOLS_BINARY_DIR}/clang")
set(RETSAN_CLANGXX "${LLVM_TOOLS_BINARY_DIR}/clang++")

set(RETSAN_WARNINGS -Wall -Wextra -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12 in inlined library code (as GCC bug 105651).
  list(APPEND RETSAN_WARNINGS
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict> $<$<COMPILE_LANGUAGE:CXX>:-Wno-stringop-overflow>
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-array-bounds>)
endif()
if(RETSAN_WERROR)
  list(APPEND RETSAN_WARNINGS -Werror)
endif()

# An interface target that code of ours which uses LLVM or Clang headers links.
add_library(retsan_llvm INTERFACE)
target_include_directories(retsan_llvm SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${CLANG_INCLUDE_DIRS})
target_compile_definitions(retsan_llvm INTERFACE ${LLVM_DEFINITIONS_LIST}
  RETSAN_VERSION_STRING="${PROJECT_VERSION}")
target_include_directories(retsan_llvm INTERFACE
  "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/runtime/include")

# retsan_hash_sources(<target> <source> <folder>...): <source> sees one hash of the
# sources in the folders in the file that RETSAN_SOURCES_HASH names.
function(retsan_hash_sources target source)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/SourcesHash.inc")
  set(sources "")
  foreach(dir IN LISTS ARGN)
    file(GLOB found CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${dir}/*.cpp" "${CMAKE_SOURCE_DIR}/${dir}/*.h")
    list(APPEND sources ${found})
  endforeach()
  string(REPLACE ";" "|" dirs "${ARGN}")
  set(script "${CMAKE_SOURCE_DIR}/cmake/HashSources.cmake")
  add_custom_command(OUTPUT "${out}"
    COMMAND "${CMAKE_COMMAND}" "-DTOP=${CMAKE_SOURCE_DIR}" "-DDIRS=${dirs}" "-DOUT=${out}" -P "${script}"
    DEPENDS ${sources} "${script}"
    VERBATIM)
  target_sources(${target} PRIVATE "${out}")
  set_source_files_properties(${source} PROPERTIES
    OBJECT_DEPENDS "${out}"
    COMPILE_DEFINITIONS "RETSAN_SOURCES_HASH=\"${out}\""
    SKIP_PRECOMPILE_HEADERS ON)
endfunction()

# retsan_add_library(name SOURCES... [LINK libs...]): a static library of ours over
# LLVM. Includes are written from the top: "analyzer/model/Facts.h".
function(retsan_add_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC retsan_llvm ${ARG_LINK})
  target_compile_options(${name} PRIVATE ${RETSAN_WARNINGS})
  if(RETSAN_SANITIZE)
    target_compile_options(${name} PUBLIC -fsanitize=${RETSAN_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${name} PUBLIC -fsanitize=${RETSAN_SANITIZE})
  endif()
endfunction()

# retsan_add_unittest(name SOURCES... [LINK libs...]): a GoogleTest binary, each of
# its tests a test of ctest.
find_package(GTest REQUIRED)
include(GoogleTest)
function(retsan_add_unittest name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  target_compile_options(${name} PRIVATE ${RETSAN_WARNINGS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/test")
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()

# retsan_add_lit_suite(name DIR dir [DEPENDS targets...]): one ctest test that runs
# lit over a folder.
set(RETSAN_LIT "/usr/lib/llvm-19/build/utils/lit/lit.py" CACHE FILEPATH "lit")
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(retsan_add_lit_suite name)
  cmake_parse_arguments(ARG "" "DIR;TIMEOUT" "" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_test(NAME ${name}
    COMMAND Python3::Interpreter "${RETSAN_LIT}" -sv
      --param "retsan_build=${CMAKE_BINARY_DIR}"
      --param "retsan_source=${CMAKE_SOURCE_DIR}"
      --param "llvm_tools=${LLVM_TOOLS_BINARY_DIR}"
      "${ARG_DIR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()
