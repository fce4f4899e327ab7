//===- replicate.cpp - facts of many units from those of one --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linking is measured on more units than anybody wants to parse. The facts of a
// template are written many times with other digits in their names: unit N
// calls unit N+1, and each program begins with a unit that has a main.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Facts.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdlib>

using namespace llvm;
using namespace retsan;

static facts::Unit load(StringRef File) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> B = MemoryBuffer::getFile(File);
  if (!B) {
    errs() << File << ": " << B.getError().message() << "\n";
    exit(2);
  }
  Expected<facts::Unit> U = facts::read((*B)->getBuffer(), File);
  if (!U) {
    errs() << toString(U.takeError()) << "\n";
    exit(2);
  }
  return std::move(*U);
}

static std::string digits(unsigned N) {
  std::string S;
  raw_string_ostream(S) << format("%06u", N);
  return S;
}

static void replaceAll(std::string &S, StringRef From, StringRef To) {
  for (size_t At = S.find(From.str()); At != std::string::npos;
       At = S.find(From.str(), At + To.size()))
    S.replace(At, From.size(), To.str());
}

static void emit(facts::Unit U, unsigned Self, unsigned Next, StringRef Kind,
                 StringRef Dir) {
  // The next unit's digits first, by a mark that no name holds: Self may be 1.
  auto Rename = [&](std::string &S) {
    replaceAll(S, "000001", "\x01");
    replaceAll(S, "000000", digits(Self));
    replaceAll(S, "\x01", digits(Next));
  };
  for (std::string &S : U.Strings) {
    Rename(S);
    // Files are told apart by their names.
    replaceAll(S, "unit.c", "unit" + digits(Self) + ".c");
    replaceAll(S, "main.c", "main" + digits(Self) + ".c");
  }
  replaceAll(U.MainFile, "unit.c", "unit" + digits(Self) + ".c");
  replaceAll(U.MainFile, "main.c", "main" + digits(Self) + ".c");
  std::string File = (Dir + "/" + Kind + digits(Self) + ".facts").str();
  std::error_code EC;
  raw_fd_ostream OS(File, EC);
  if (EC) {
    errs() << File << ": " << EC.message() << "\n";
    exit(2);
  }
  OS << facts::write(U);
}

int main(int Argc, char **Argv) {
  if (Argc != 6) {
    errs() << "usage: replicate UNIT.facts MAIN.facts UNITS UNITS_PER_PROGRAM "
              "DIR\n";
    return 2;
  }
  facts::Unit Unit = load(Argv[1]), Main = load(Argv[2]);
  unsigned Units = atoi(Argv[3]), PerProgram = atoi(Argv[4]);
  StringRef Dir = Argv[5];
  if (!Units || !PerProgram || Units > 999999) {
    errs() << "replicate: UNITS is 1 to 999999, UNITS_PER_PROGRAM at least 1\n";
    return 2;
  }
  if (std::error_code EC = sys::fs::create_directories(Dir)) {
    errs() << Dir << ": " << EC.message() << "\n";
    return 2;
  }
  for (unsigned N = 0; N < Units; ++N) {
    bool Last = N + 1 == Units || (N + 1) % PerProgram == 0;
    emit(Unit, N, Last ? N : N + 1, "unit", Dir);
    if (N % PerProgram == 0)
      emit(Main, N, N, "main", Dir);
  }
  return 0;
}
