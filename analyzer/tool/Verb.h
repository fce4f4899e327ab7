//===- Verb.h - what main dispatches to -----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One verb, one source file. A verb gets its arguments and gives an exit code.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_VERB_H
#define RETSAN_ANALYZER_TOOL_VERB_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace retsan::tool {

enum ExitCode : int {
  NothingFound = 0,
  Found = 1,
  BadInput = 2,
  InternalFailure = 3
};

/// "retsan 0.1.0".
llvm::StringRef toolVersion();

/// "retsan: error: ..." on standard error; gives BadInput.
int failWith(llvm::Error E);
int failWith(const llvm::Twine &Message);
void note(const llvm::Twine &Message);
void warning(const llvm::Twine &Message);

using Arguments = llvm::ArrayRef<std::string>;

int scanMain(Arguments Args);
int extractMain(Arguments Args);
int linkMain(Arguments Args);
int runMain(Arguments Args);
int reportMain(Arguments Args);
int explainMain(Arguments Args);
int diffMain(Arguments Args);
int mergeMain(Arguments Args);

} // namespace retsan::tool

#endif
