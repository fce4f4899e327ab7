//===- retention_bench.cpp - what a map keeps after a growth, as a table
//---===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// retention_bench [FROM TO]: for old arrays of 2^FROM to 2^TO buckets, a map is
// built one insert past its growth and then only read. Deterministic: fixed
// keys, no clocks.
//
//===----------------------------------------------------------------------===//

#include "retsan/map/incremental_map.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

template <class Policy>
using Map = retsan::incremental_map<
    std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
    std::equal_to<std::uint64_t>,
    std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, Policy>;

std::uint64_t keyAt(std::uint64_t I) {
  std::uint64_t Z = (I + 1) * 0x9E3779B97F4A7C15ull;
  Z = (Z ^ (Z >> 30)) * 0xBF58476D1CE4E5B9ull;
  Z = (Z ^ (Z >> 27)) * 0x94D049BB133111EBull;
  return Z ^ (Z >> 31);
}

template <class Policy> void row(const char *Name, unsigned Bits) {
  Map<Policy> M;
  std::uint64_t N = 0;
  while (M.statistics().old_buckets != std::size_t(1) << Bits)
    M[keyAt(N++)] = 1;
  std::size_t Stalled = M.retained_bytes();
  std::uint64_t Reads = std::uint64_t(1) << (Bits + 1), Sum = 0;
  for (std::uint64_t I = 0; I != Reads; ++I)
    Sum += M.find(keyAt(I % N))->second;
  if (Sum != Reads)
    std::abort();
  std::size_t AfterReads = M.retained_bytes();
  std::uint64_t Writes = 0;
  while (M.growing()) {
    M[keyAt(N++)] = 1;
    ++Writes;
  }
  std::size_t Finished = M.statistics().current_bytes;
  std::printf("| %s | %u | %llu | %zu | %.3f | %zu | %.3f | %zu |\n", Name,
              Bits, static_cast<unsigned long long>(N - Writes), Stalled,
              static_cast<double>(Stalled) / static_cast<double>(Finished),
              AfterReads, static_cast<double>(Writes) / std::exp2(Bits),
              M.retained_bytes());
}

} // namespace

int main(int Argc, char **Argv) {
  unsigned From = Argc == 3 ? std::atoi(Argv[1]) : 10;
  unsigned To = Argc == 3 ? std::atoi(Argv[2]) : 18;
  if ((Argc != 1 && Argc != 3) || From < 1 || To > 24 || From > To) {
    std::fprintf(stderr,
                 "usage: retention_bench [FROM TO], 1 <= FROM <= TO <= 24\n");
    return 2;
  }
  std::printf(
      "| policy | old B | entries | held after growth began | / finished map | "
      "held after 2^(B+1) find() | writes to finish / 2^B | held then |\n"
      "|---|---|---|---|---|---|---|---|\n");
  for (unsigned Bits = From; Bits <= To; Bits += 2) {
    row<retsan::policy::go_compatible>("go_compatible", Bits);
    row<retsan::policy::ghost>("ghost", Bits);
    row<retsan::policy::prompt>("prompt", Bits);
  }
}
