//===- FuzzCommands.cpp - the reader of compilation databases
//---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An input that starts with '[' is a database, else a command line, one
// argument a line, whose first line is what the compiler complained about. No
// flag may make a run without an input file, and a second try must end.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Commands.h"
#include "analyzer/test/fuzz/Fuzz.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retsan;

static const std::string &folder() {
  static const std::string Dir = [] {
    SmallString<128> Path;
    fuzz::require(!sys::fs::createUniqueDirectory("retsan-fuzz", Path),
                  "no temporary folder");
    return Path.str().str();
  }();
  return Dir;
}

static void checkArgs(const extract::Command &C, StringRef Complaint) {
  std::vector<std::string> Args = extract::parserArgs(C);
  extract::ParseError E;
  E.Message = Complaint.str();
  for (unsigned Tries = 0; !Args.empty(); ++Tries) {
    fuzz::require(Tries < 100000, "tries do not end");
    fuzz::require(Args.size() > 2 && Args.back() == C.File,
                  "the file is not the last argument");
    Args = extract::secondTry(Args, E);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  StringRef Text = fuzz::text(Data, Size);
  if (!Text.starts_with("[")) {
    SmallVector<StringRef, 16> Lines;
    Text.split(Lines, '\n');
    extract::Command C;
    C.Directory = "/b";
    C.File = "/b/in.c";
    for (size_t I = 1; I < Lines.size(); ++I)
      C.Args.push_back(Lines[I].str());
    checkArgs(C, Lines.front());
    return 0;
  }
  std::string Path = folder() + "/compile_commands.json";
  {
    std::error_code EC;
    raw_fd_ostream OS(Path, EC);
    fuzz::require(!EC, "cannot write the database");
    OS << Text;
  }
  std::vector<std::string> Errors;
  auto Commands = extract::loadCommands(folder(), {}, Errors);
  if (!Commands) {
    fuzz::requireNamed(Commands.takeError(), "compile_commands.json");
    return 0;
  }
  for (const extract::Command &C : *Commands)
    checkArgs(C, "");
  return 0;
}
