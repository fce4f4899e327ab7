//===- Options.h - RETSAN_OPTIONS -----------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Options as sanitizers have them: `name=value`, separated by colons or spaces,
// from the weak __retsan_default_options() and then from the environment.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_OPTIONS_H
#define RETSAN_RUNTIME_OPTIONS_H

namespace retsan {

struct Options {
  using Int = int;
  using Bool = bool;
  using Str = const char *;
#define RETSAN_OPTION(Type, Name, Default, Help) Type Name = Default;
#include "options.def"
#undef RETSAN_OPTION

  /// What is wrong is said on stderr, by name, and left at its default: a wrong
  /// option is no reason to stop the program.
  void parse(const char *Text);
  static void printHelp();
};

} // namespace retsan

#endif
