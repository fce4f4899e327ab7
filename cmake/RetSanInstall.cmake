# What `cmake --install` puts where. Everything finds its neighbours relative to its
# own place, so the tree may be moved. The rooms install their own targets and headers.

include(CMakePackageConfigHelpers)

install(FILES "${CMAKE_SOURCE_DIR}/LICENSE" "${CMAKE_SOURCE_DIR}/README.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
install(DIRECTORY "${CMAKE_SOURCE_DIR}/docs" DESTINATION "${CMAKE_INSTALL_DOCDIR}"
  FILES_MATCHING PATTERN "*.md")

set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/RetSan")
configure_package_config_file("${CMAKE_SOURCE_DIR}/cmake/RetSanConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/RetSanConfig.cmake"
  INSTALL_DESTINATION "${_package_dir}"
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_INCLUDEDIR)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/RetSanConfigVersion.cmake"
  COMPATIBILITY SameMajorVersion)
install(FILES "${CMAKE_BINARY_DIR}/RetSanConfig.cmake"
  "${CMAKE_BINARY_DIR}/RetSanConfigVersion.cmake" DESTINATION "${_package_dir}")
