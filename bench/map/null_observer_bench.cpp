//===- null_observer_bench.cpp - instructions of a map with and without
//----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One history, built with null_observer and with metrics_observer, for the
// counts of `valgrind --tool=callgrind`. That the null observer leaves no
// instruction behind is tested: runtime/map/test/null_observer_check.py.
//
//===----------------------------------------------------------------------===//

#include "retsan/map/incremental_map.h"

#include <cstdint>
#include <cstdio>

#ifndef RETSAN_BENCH_OBSERVER
#define RETSAN_BENCH_OBSERVER null_observer
#endif

int main() {
  retsan::incremental_map<
      std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
      std::equal_to<std::uint64_t>,
      std::allocator<std::pair<const std::uint64_t, std::uint64_t>>,
      retsan::policy::prompt, retsan::RETSAN_BENCH_OBSERVER>
      M;
  std::uint64_t State = 1, Sum = 0;
  for (int I = 0; I != 200'000; ++I) {
    State = State * 6364136223846793005ull + 1442695040888963407ull;
    M[State >> 40] = I;
    Sum += M.contains(State >> 41);
    if (I % 3 == 0)
      Sum += M.erase(State >> 42);
  }
  std::printf("%llu\n", static_cast<unsigned long long>(Sum + M.size()));
}
