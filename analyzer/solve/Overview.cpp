//===- Overview.cpp - all functions at a glance ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each function is six numbers of 64 bits, little endian: what becomes of its
// arguments, two flags, the hash of its summary.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Overview.h"
#include "analyzer/solve/Keys.h"

#include "llvm/Support/Endian.h"

#include <array>

using namespace llvm;

namespace retsan::solve {

namespace {
constexpr size_t Numbers = 6;
constexpr uint64_t Throws = 1, Wraps = 2; // Flags.
} // namespace

Overview overviewOf(Engine &Base, const Keys *K) {
  Overview All;
  All.Fates = ArgFates::read(Base);
  All.Wrappers.resize(All.Fates.size());
  for (uint32_t Fn = 0; Fn < All.Fates.size(); ++Fn)
    if (Base.isFreeWrapper(Fn))
      All.Wrappers.set(Fn);
  if (K)
    All.Known = K->summaries(Base);
  return All;
}

std::string write(const Overview &All) {
  std::string Out;
  Out.resize(All.Fates.size() * Numbers * sizeof(uint64_t));
  char *At = Out.data();
  for (size_t Fn = 0; Fn < All.Fates.size(); ++Fn) {
    const ArgFates::Fate &F = All.Fates[Fn];
    const uint64_t Flags =
        (F.Throws ? Throws : 0) | (All.Wrappers[Fn] ? Wraps : 0);
    const std::array<uint64_t, Numbers> Row = {
        F.Direct, F.Deref, F.Returned, F.Used, Flags, All.Known[Fn]};
    for (uint64_t N : Row) {
      support::endian::write64le(At, N);
      At += sizeof N;
    }
  }
  return Out;
}

bool read(StringRef Data, size_t Functions, Overview &All) {
  if (Data.size() != Functions * Numbers * sizeof(uint64_t))
    return false;
  All.Fates.resize(Functions);
  All.Wrappers.resize(Functions);
  All.Known.resize(Functions);
  const char *At = Data.data();
  auto Next = [&] {
    uint64_t N = support::endian::read64le(At);
    At += sizeof N;
    return N;
  };
  for (size_t Fn = 0; Fn < Functions; ++Fn) {
    ArgFates::Fate &F = All.Fates[Fn];
    F.Direct = Next();
    F.Deref = Next();
    F.Returned = Next();
    F.Used = Next();
    const uint64_t Flags = Next();
    F.Throws = Flags & Throws;
    All.Wrappers[Fn] = (Flags & Wraps) != 0;
    All.Known[Fn] = Next();
  }
  return true;
}

} // namespace retsan::solve
