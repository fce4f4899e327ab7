//===- Commands.h - command lines for our parser
//-----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_EXTRACT_COMMANDS_H
#define RETSAN_ANALYZER_EXTRACT_COMMANDS_H

#include "analyzer/extract/Extract.h"

namespace retsan::extract {

/// argv for Clang's driver: the flags of \p C that change what the program
/// means, none that only GCC knows or that make the build's side effects.
std::vector<std::string> parserArgs(const Command &C);

/// Why a unit did not parse: the first error.
struct ParseError {
  std::string Message;
  bool HasPlace = false; ///< It points into a source, not at the flags.
};

/// The flags for another try after \p E: without what our Clang does not know
/// (a processor, a standard), or with the headers that only GCC brings. Empty
/// if nothing can be done.
std::vector<std::string> secondTry(const std::vector<std::string> &Args,
                                   const ParseError &E);

} // namespace retsan::extract

#endif
