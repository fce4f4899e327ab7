//===- assign_bench.cpp - instructions of an insertion --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// assign_bench one|two|go N: inserts N keys into a map that has room for them.
// `one` learns by one comparison that neither a growth is due nor one under
// way; `two` asks both, as Go does; `go` is go_compatible. Run under callgrind
// with N and 2 N: the difference is N insertions.
//
//===----------------------------------------------------------------------===//

#include "retsan/map/incremental_map.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

struct TwoChecks : retsan::policy::prompt {
  static constexpr bool one_check = false;
};

/// All of an insertion in one function for each policy: whether the compiler
/// inlines a part or calls it would count for more than the check.
template <class M>
[[gnu::noinline, gnu::flatten]] void assign(M &Map, std::uint64_t Key,
                                            std::uint64_t Value) {
  Map[Key] = Value;
}

template <class Policy> void run(std::uint64_t N) {
  retsan::incremental_map<
      std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
      std::equal_to<std::uint64_t>,
      std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, Policy>
      M(1 << 20); // The same for any N.
  for (std::uint64_t I = 0; I != N; ++I)
    assign(M, I * 0x9E3779B97F4A7C15ull, I);
  std::printf("%zu\n", M.size());
}

} // namespace

int main(int Argc, char **Argv) {
  std::string Which = Argc == 3 ? Argv[1] : "";
  std::uint64_t N = Argc == 3 ? std::strtoull(Argv[2], nullptr, 10) : 0;
  if (N == 0 || N > 1 << 20) {
    std::fprintf(stderr, "usage: assign_bench one|two|go N, N <= 1048576\n");
    return 2;
  }
  if (Which == "one")
    run<retsan::policy::prompt>(N);
  else if (Which == "two")
    run<TwoChecks>(N);
  else if (Which == "go")
    run<retsan::policy::go_compatible>(N);
  else {
    std::fprintf(stderr, "assign_bench: no map is called '%s'\n",
                 Which.c_str());
    return 2;
  }
}
