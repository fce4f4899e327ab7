//===- Fuzz.h - what the fuzz targets share
//-------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A target is one function over bytes, as libFuzzer calls it. Built with
// RETSAN_FUZZ it is driven by libFuzzer, else by Replay.cpp: the corpus and a
// short run of random changes to it, so that every build executes each target.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TEST_FUZZ_FUZZ_H
#define RETSAN_ANALYZER_TEST_FUZZ_FUZZ_H

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size);

namespace retsan::fuzz {

inline llvm::StringRef text(const uint8_t *Data, size_t Size) {
  return {reinterpret_cast<const char *>(Data), Size};
}

/// What must hold for every input. Not assert: release builds check it too.
inline void require(bool Holds, const char *What) {
  if (Holds)
    return;
  std::fprintf(stderr, "fuzz: %s\n", What);
  std::abort();
}

/// An error is fine as long as it says which file it is about.
inline void requireNamed(llvm::Error E, llvm::StringRef Name) {
  std::string Message = llvm::toString(std::move(E));
  require(llvm::StringRef(Message).contains(Name),
          "the error does not name the file");
}

} // namespace retsan::fuzz

#endif
