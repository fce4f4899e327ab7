//===- Overview.h - all functions at a glance -----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the screen and the keys of answers ask of every function, read off the
// summaries without a focus. It is small and can be kept: a scan that finds it,
// and all its answers, summarises no function.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_OVERVIEW_H
#define RETSAN_ANALYZER_SOLVE_OVERVIEW_H

#include "analyzer/solve/ArgFates.h"

#include "llvm/ADT/BitVector.h"

namespace retsan::solve {

class Keys;

struct Overview {
  std::vector<ArgFates::Fate> Fates;
  llvm::BitVector Wrappers;    ///< Functions that free their first argument.
  std::vector<uint64_t> Known; ///< Hashes of the summaries, if keys need them.
};

/// \p Base summarises every function under the empty focus; \p K is null if
/// no answers are kept.
Overview overviewOf(Engine &Base, const Keys *K);

std::string write(const Overview &All);
/// False if the bytes are not those of \p Functions functions.
bool read(llvm::StringRef Data, size_t Functions, Overview &All);

} // namespace retsan::solve

#endif
