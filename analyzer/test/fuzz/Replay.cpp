//===- Replay.cpp - drives a fuzz target without libFuzzer
//----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs the target over the files of a corpus, then, for a number of rounds,
// over random changes of them (flip, overwrite, cut, repeat, splice). The seed
// is fixed, so that a failure is seen again; the input is printed in hex when
// the process dies.
//
//===----------------------------------------------------------------------===//

#include "analyzer/test/fuzz/Fuzz.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <random>
#include <string>
#include <unistd.h>
#include <vector>

using namespace llvm;

static const std::string *Current = nullptr;

/// Says which input it was; the process then dies as it would have.
static void sayInput(int Signal) {
  static const char Digits[] = "0123456789abcdef";
  static char Line[2 * 4096 + 32] = "fuzz: input (hex): ";
  size_t N = sizeof("fuzz: input (hex): ") - 1;
  for (size_t I = 0; Current && I < Current->size() && I < 4096; ++I) {
    auto Byte = static_cast<uint8_t>((*Current)[I]);
    Line[N++] = Digits[Byte >> 4];
    Line[N++] = Digits[Byte & 15];
  }
  Line[N++] = '\n';
  if (write(2, Line, N) < 0)
    _exit(1);
  std::signal(Signal, SIG_DFL);
  std::raise(Signal);
}

static void run(const std::string &Input) {
  Current = &Input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(Input.data()),
                         Input.size());
  Current = nullptr;
}

static std::string changed(std::string S, const std::vector<std::string> &All,
                           std::mt19937 &R) {
  for (unsigned N = 1 + R() % 4; N; --N) {
    size_t At = S.empty() ? 0 : R() % S.size();
    switch (R() % 6) {
    case 0:
      if (!S.empty())
        S[At] = static_cast<char>(S[At] ^ (1 << R() % 8));
      break;
    case 1:
      if (!S.empty())
        S[At] = static_cast<char>(R());
      break;
    case 2:
      S.erase(At, 1 + R() % 8);
      break;
    case 3:
      S.insert(At, S.substr(At, R() % 16));
      break;
    case 4:
      S.insert(S.begin() + static_cast<ptrdiff_t>(At), static_cast<char>(R()));
      break;
    default: {
      const std::string &Other = All[R() % All.size()];
      if (!Other.empty())
        S = S.substr(0, At) + Other.substr(R() % Other.size());
      break;
    }
    }
  }
  return S;
}

int main(int argc, char **argv) {
  double Seconds = 1;
  std::vector<std::string> Corpus;
  for (int I = 1; I < argc; ++I) {
    StringRef A = argv[I];
    if (A.consume_front("--seconds=")) {
      if (!to_float(A, Seconds)) {
        errs() << "usage: " << argv[0] << " [--seconds=N] FOLDER-OR-FILE...\n";
        return 2;
      }
      continue;
    }
    std::vector<std::string> Files;
    std::error_code EC;
    if (!sys::fs::is_directory(A))
      Files.push_back(A.str());
    for (sys::fs::directory_iterator It(A, EC), End; It != End && !EC;
         It.increment(EC))
      Files.push_back(It->path());
    std::sort(Files.begin(), Files.end());
    for (const std::string &F : Files) {
      auto Buffer = MemoryBuffer::getFile(F);
      if (!Buffer) {
        errs() << F << ": " << Buffer.getError().message() << "\n";
        return 2;
      }
      Corpus.push_back((*Buffer)->getBuffer().str());
    }
  }
  if (Corpus.empty()) {
    errs() << argv[0] << ": no corpus\n";
    return 2;
  }
  for (int Signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS})
    std::signal(Signal, sayInput);
  for (const std::string &C : Corpus)
    run(C);
  std::mt19937 R(1);
  size_t Rounds = 0;
  auto End =
      std::chrono::steady_clock::now() + std::chrono::duration<double>(Seconds);
  for (; std::chrono::steady_clock::now() < End; ++Rounds)
    run(changed(Corpus[R() % Corpus.size()], Corpus, R));
  outs() << Corpus.size() << " files, " << Rounds << " changed ones\n";
  return 0;
}
