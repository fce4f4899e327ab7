# What `cmake --install` puts where. Everything finds its neighbours relative to its
# own place, so the tree may be moved. The rooms install their own targets and headers.

include(CMakePackageConfigHelpers)

install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" "${CMAKE_SOURCE_DIR}/README.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  FILES_MATCHING PATTERN "*.md")

install(FILES "${CMAKE_SOURCE_DIR}/analyzer/gdb/retsan-gdb.py"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/retsan")

install(FILES "${CMAKE_SOURCE_DIR}/cmake/bazel/retsan.bzl" "${CMAKE_SOURCE_DIR}/cmake/bazel/BUILD"
  "${CMAKE_SOURCE_DIR}/cmake/bazel/WORKSPACE" DESTINATION "${CMAKE_INSTALL_DATADIR}/retsan/bazel")

set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/RetSan")
configure_package_config_file("${CMAKE_SOURCE_DIR}/cmake/RetSanConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/RetSanConfig.cmake"
  INSTALL_DESTINATION "${_package_dir}"
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/RetSanConfigVersion.cmake"
  COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_BINARY_DIR}/RetSanConfig.cmake"
  "${CMAKE_BINARY_DIR}/RetSanConfigVersion.cmake"
  "${CMAKE_SOURCE_DIR}/cmake/RetSanScan.cmake" DESTINATION "${_package_dir}")

foreach(pc retsan retsan-map)
  configure_file("${CMAKE_SOURCE_DIR}/cmake/${pc}.pc.in" "${CMAKE_BINARY_DIR}/${pc}.pc" @ONLY)
  install(FILES "${CMAKE_BINARY_DIR}/${pc}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()

# cpack makes a .deb. Libraries are found by dpkg-shlibdeps; clang-19 and its like are
# programs that ours start.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME retsan)
set(CPACK_PACKAGE_VENDOR "RetSan")
set(CPACK_PACKAGE_CONTACT "RetSan maintainers <retsan@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "clang-19, python3")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libc6-dev, clang-tidy-19")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "gdb, cmake, graphviz")
include(CPack)
