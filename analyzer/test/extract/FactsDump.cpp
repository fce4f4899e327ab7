//===- FactsDump.cpp - prints the facts of one source file ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests and for work on extraction: `retsan-facts-dump FILE [FLAGS...]` or
// `retsan-facts-dump --quiet FILE [FLAGS...]`, which only extracts. The facts
// go through the file format on their way.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Extract.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

using namespace retsan;

int main(int Argc, char **Argv) {
  std::vector<std::string> Args(Argv + 1, Argv + Argc);
  bool Quiet = !Args.empty() && Args.front() == "--quiet";
  if (Quiet)
    Args.erase(Args.begin());
  if (Args.empty()) {
    llvm::errs() << "usage: retsan-facts-dump [--quiet] FILE [FLAGS...]\n";
    return 2;
  }
  std::string File = Args.front();
  Args.erase(Args.begin());
  auto Unit = extract::extractUnit(extract::makeCommand(File, Args));
  if (!Unit) {
    llvm::errs() << "retsan-facts-dump: " << llvm::toString(Unit.takeError())
                 << "\n";
    return 2;
  }
  if (Quiet)
    return 0;
  auto Again = facts::read(facts::write(*Unit), File);
  if (!Again) {
    llvm::errs() << "retsan-facts-dump: " << llvm::toString(Again.takeError())
                 << "\n";
    return 3;
  }
  llvm::outs() << facts::print(*Again);
  return 0;
}
