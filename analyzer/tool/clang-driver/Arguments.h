//===- Arguments.h - what a clang command line asks for -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads a clang command line just far enough to know whether it compiles and
// whether it links a program. Response files are looked into, not replaced.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_CLANG_DRIVER_ARGUMENTS_H
#define RETSAN_ANALYZER_TOOL_CLANG_DRIVER_ARGUMENTS_H

#include <string>
#include <vector>

namespace retsan::driver {

struct Request {
  std::vector<std::string> Rest; ///< What clang gets: all but our options.
  std::string Suspects, Mode, Facts;
  std::string Error; ///< Wrong use of our own options.
  bool Help = false;
  bool Verbose = false; ///< -v.
  bool Raw = false;     ///< -cc1 and the like: not the driver at all.
  bool HasInput = false;
  bool Compiles = true; ///< Not when it only preprocesses or analyses.
  bool Links = true;
  bool Shared = false, Static = false, Relocatable = false;
  /// -fsanitize=address or leak: the sanitizer has the malloc.
  bool Sanitized = false;
  std::string Forbidden;         ///< A sanitizer that does not go with us.
  bool NoLibraries = false;      ///< -nostdlib, -nodefaultlibs.
  bool ForbidsUndefined = false; ///< -Wl,-z,defs or -Wl,--no-undefined.
};

Request readArguments(const std::vector<std::string> &Args);

} // namespace retsan::driver

#endif
