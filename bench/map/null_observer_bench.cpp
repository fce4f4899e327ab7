//===- null_observer_bench.cpp - instructions of a map with and without
//----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// null_observer_bench null|other|metrics: the same history with null_observer,
// with an observer type of its own that has no hooks either, and with metrics.
// To be run under `valgrind --tool=callgrind`: the first two must count the
// same instructions.
//
//===----------------------------------------------------------------------===//

#include "retsan/map/incremental_map.h"

#include <cstdint>
#include <cstdio>
#include <string>

// With linkage like that of null_observer, or the compiler inlines otherwise.
namespace bench {
struct OtherObserver {};
} // namespace bench

namespace {

template <class Observer> std::uint64_t history() {
  retsan::incremental_map<
      std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
      std::equal_to<std::uint64_t>,
      std::allocator<std::pair<const std::uint64_t, std::uint64_t>>,
      retsan::policy::prompt, Observer>
      M;
  std::uint64_t State = 1, Sum = 0;
  for (int I = 0; I != 200'000; ++I) {
    State = State * 6364136223846793005ull + 1442695040888963407ull;
    M[State >> 40] = I;
    Sum += M.contains(State >> 41);
    if (I % 3 == 0)
      Sum += M.erase(State >> 42);
  }
  return Sum + M.size();
}

} // namespace

int main(int Argc, char **Argv) {
  std::string Which = Argc == 2 ? Argv[1] : "";
  std::uint64_t Sum;
  if (Which == "null")
    Sum = history<retsan::null_observer>();
  else if (Which == "other")
    Sum = history<bench::OtherObserver>();
  else if (Which == "metrics")
    Sum = history<retsan::metrics_observer>();
  else {
    std::fprintf(stderr, "usage: null_observer_bench null|other|metrics\n");
    return 2;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(Sum));
}
