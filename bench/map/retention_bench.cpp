//===- retention_bench.cpp - what a map keeps after a growth, as a table
//---===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// retention_bench [FROM TO]: for old arrays of 2^FROM to 2^TO buckets, a map is
// built one insert past its growth and then only read.
// retention_bench once: how many maps that are built once end in a growth.
// retention_bench sticky: how many of 500 values that are erased or overwritten
// during a growth die before its end, with and without a walk before it.
// Deterministic: fixed keys, no clocks. Laws that fail make the status 1.
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "retsan/map/incremental_map.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

using namespace mapbench;

namespace {

template <class Policy>
using Map = retsan::incremental_map<
    std::uint64_t, std::uint64_t, std::hash<std::uint64_t>,
    std::equal_to<std::uint64_t>,
    std::allocator<std::pair<const std::uint64_t, std::uint64_t>>, Policy>;

bool Wrong = false;

void expectNear(const char *What, double Measured, double Law, double Error) {
  if (std::abs(Measured - Law) > Error) {
    std::fprintf(stderr, "retention_bench: %s is %.3f, the law gives %.3f\n",
                 What, Measured, Law);
    Wrong = true;
  }
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
  if constexpr (Policy::own_bucket_first)
    expectNear("writes to finish / 2^B",
               static_cast<double>(Writes) / std::exp2(Bits), std::log(2.0),
               0.03);
  std::printf("| %s | %u | %llu | %zu | %.3f | %zu | %.3f | %zu |\n", Name,
              Bits, static_cast<unsigned long long>(N - Writes), Stalled,
              static_cast<double>(Stalled) / static_cast<double>(Finished),
              AfterReads, static_cast<double>(Writes) / std::exp2(Bits),
              M.retained_bytes());
}

void once() {
  constexpr int Maps = 4000;
  std::uint64_t State = 7;
  int Stalled = 0, WithHint = 0;
  for (int I = 0; I != Maps; ++I) {
    double Log = 8.0 + 4.0 * static_cast<double>(keyAt(++State) >> 11) / 0x1p53;
    auto Size = static_cast<std::uint64_t>(std::exp2(Log));
    Map<retsan::policy::go_compatible> Plain, Hinted(Size);
    for (std::uint64_t K = 0; K != Size; ++K)
      Plain[keyAt(State + K)] = Hinted[keyAt(State + K)] = K;
    Stalled += Plain.growing();
    WithHint += Hinted.growing();
    State += Size;
  }
  double Share = static_cast<double>(Stalled) / Maps;
  double Law = std::log2(1 + std::log(2.0) / 6.5);
  std::printf("| built once, %d maps | end in a growth | law |\n|---|---|---|\n"
              "| without a hint | %.1f %% | %.1f %% |\n"
              "| with a hint | %d of %d | 0 |\n",
              Maps, Share * 100, Law * 100, WithHint, Maps);
  expectNear("share of stalled maps", Share, Law, 0.02);
  expectNear("stalled maps with a hint", WithHint, 0, 0);
}

template <class Policy> int diedOf500(bool Walked, bool Overwrite) {
  retsan::incremental_map<
      std::uint64_t, std::shared_ptr<int>, std::hash<std::uint64_t>,
      std::equal_to<std::uint64_t>,
      std::allocator<std::pair<const std::uint64_t, std::shared_ptr<int>>>,
      Policy>
      M;
  std::uint64_t N = 0;
  for (; N != 6600; ++N)
    M[keyAt(N)] = std::make_shared<int>(0);
  if (Walked)
    (void)M.begin();
  while (!M.growing())
    M[keyAt(N++)] = std::make_shared<int>(0);
  std::vector<std::weak_ptr<int>> Values;
  for (std::uint64_t K = 0; K != 500; ++K) {
    Values.push_back(std::as_const(M).at(keyAt(K)));
    if (Overwrite)
      M[keyAt(K)] = nullptr;
    else
      M.erase(keyAt(K));
  }
  int Died = 0;
  for (auto &Value : Values)
    Died += Value.expired();
  return Died;
}

template <class Policy> void stickyRow(const char *Name, int AfterWalk) {
  int Counts[4] = {
      diedOf500<Policy>(false, false), diedOf500<Policy>(false, true),
      diedOf500<Policy>(true, false), diedOf500<Policy>(true, true)};
  std::printf("| %s | %d | %d | %d | %d |\n", Name, Counts[0], Counts[1],
              Counts[2], Counts[3]);
  for (int I = 0; I != 4; ++I)
    expectNear(Name, Counts[I], I < 2 ? 500 : AfterWalk, 0);
}

void sticky() {
  std::printf("| policy | no walk: erased | overwritten | after a walk: erased "
              "| overwritten |\n|---|---|---|---|---|\n");
  stickyRow<retsan::policy::go_compatible>("go_compatible", 0);
  stickyRow<retsan::policy::low_latency>("low_latency", 500);
  stickyRow<retsan::policy::prompt>("prompt", 500);
}

} // namespace

int main(int Argc, char **Argv) {
  if (Argc == 2 && std::strcmp(Argv[1], "once") == 0) {
    once();
    return Wrong;
  }
  if (Argc == 2 && std::strcmp(Argv[1], "sticky") == 0) {
    sticky();
    return Wrong;
  }
  unsigned From = Argc == 3 ? std::atoi(Argv[1]) : 10;
  unsigned To = Argc == 3 ? std::atoi(Argv[2]) : 18;
  if ((Argc != 1 && Argc != 3) || From < 1 || To > 24 || From > To) {
    std::fprintf(stderr,
                 "usage: retention_bench [FROM TO | once | sticky], 1 <= FROM "
                 "<= TO <= 24\n");
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
  return Wrong;
}
