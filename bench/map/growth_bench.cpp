//===- growth_bench.cpp - pauses, throughput and memory of growing maps
//----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// growth_bench MAP N: builds one map of N random 64-bit keys and prints a line
// of numbers. One process a map, so that peak memory is the map's own;
// `compare.py` runs them in turns and forms the ratios.
//
// Pauses are measured on the thread's CPU clock, insert by insert: another
// process that takes the core does not count. Means come from passes without
// such clocks.
//
//===----------------------------------------------------------------------===//

#include "retsan/map/incremental_map.h"

#include <absl/container/flat_hash_map.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using Key = std::uint64_t;

double cpuSeconds() {
  timespec T;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &T);
  return T.tv_sec + T.tv_nsec * 1e-9;
}

/// The i-th of a sequence of distinct pseudo-random keys (splitmix64, a
/// bijection).
Key keyAt(std::uint64_t I) {
  std::uint64_t Z = (I + 1) * 0x9E3779B97F4A7C15ull;
  Z = (Z ^ (Z >> 30)) * 0xBF58476D1CE4E5B9ull;
  Z = (Z ^ (Z >> 27)) * 0x94D049BB133111EBull;
  return Z ^ (Z >> 31);
}

double statusMegabytes(const char *Field) {
  std::ifstream In("/proc/self/status");
  for (std::string Line; std::getline(In, Line);)
    if (Line.compare(0, std::strlen(Field), Field) == 0)
      return std::atof(Line.c_str() + std::strlen(Field) + 1) / 1024;
  return 0;
}

template <class Map> void run(const char *Name, std::uint64_t N) {
  double Base = statusMegabytes("VmRSS");
  Map M;
  double Begin = cpuSeconds();
  for (std::uint64_t I = 0; I != N; ++I)
    M[keyAt(I)] = I;
  double Insert = (cpuSeconds() - Begin) / N;
  double Peak = statusMegabytes("VmHWM") - Base;
  double End = statusMegabytes("VmRSS") - Base;

  // Queries in an order that has nothing to do with that of the insertions.
  const Map &Const = M;
  std::uint64_t Queries = std::min<std::uint64_t>(N, 8'000'000), Sum = 0;
  Begin = cpuSeconds();
  for (std::uint64_t I = 0; I != Queries; ++I)
    Sum += Const.find(keyAt(keyAt(I + 7) % N))->second;
  double Hit = (cpuSeconds() - Begin) / Queries;
  Begin = cpuSeconds();
  for (std::uint64_t I = 0; I != Queries; ++I)
    Sum += Const.find(keyAt(N + I)) != Const.end();
  double Miss = (cpuSeconds() - Begin) / Queries;
  {
    Map Gone(std::move(M));
  }

  std::vector<float> Pauses(N);
  Map P;
  double Last = cpuSeconds();
  for (std::uint64_t I = 0; I != N; ++I) {
    P[keyAt(I)] = I;
    double Now = cpuSeconds();
    // What the clock costs counts as well: reading it twice would double it.
    Pauses[I] = static_cast<float>(Now - Last);
    Last = Now;
  }
  std::sort(Pauses.begin(), Pauses.end());
  auto Quantile = [&](double Q) {
    return Pauses[std::min<size_t>(N - 1, Q * N)];
  };
  std::printf(
      "%s n=%llu insert_ns=%.1f hit_ns=%.1f miss_ns=%.1f p999_us=%.2f "
      "p9999_us=%.2f p99999_us=%.2f max_ms=%.4f peak_mb=%.0f end_mb=%.0f "
      "check=%llu\n",
      Name, static_cast<unsigned long long>(N), Insert * 1e9, Hit * 1e9,
      Miss * 1e9, Quantile(0.999) * 1e6, Quantile(0.9999) * 1e6,
      Quantile(0.99999) * 1e6, Pauses.back() * 1e3, Peak, End,
      static_cast<unsigned long long>(Sum));
}

template <class Policy>
using Incremental =
    retsan::incremental_map<Key, Key, std::hash<Key>, std::equal_to<Key>,
                            std::allocator<std::pair<const Key, Key>>, Policy>;

} // namespace

int main(int Argc, char **Argv) {
  if (Argc != 3) {
    std::fprintf(stderr, "usage: growth_bench "
                         "std|absl|boost|prompt|low_latency|go|ghost N\n");
    return 2;
  }
  std::string Which = Argv[1];
  std::uint64_t N = std::strtoull(Argv[2], nullptr, 10);
  if (N < 100) {
    std::fprintf(stderr, "growth_bench: N is at least 100, not '%s'\n",
                 Argv[2]);
    return 2;
  }
  if (Which == "std")
    run<std::unordered_map<Key, Key>>("std", N);
  else if (Which == "absl")
    run<absl::flat_hash_map<Key, Key>>("absl", N);
  else if (Which == "boost")
    run<boost::unordered_flat_map<Key, Key>>("boost", N);
  else if (Which == "prompt")
    run<Incremental<retsan::policy::prompt>>("prompt", N);
  else if (Which == "low_latency")
    run<Incremental<retsan::policy::low_latency>>("low_latency", N);
  else if (Which == "go")
    run<Incremental<retsan::policy::go_compatible>>("go", N);
  else if (Which == "ghost")
    run<Incremental<retsan::policy::ghost>>("ghost", N);
  else {
    std::fprintf(stderr, "growth_bench: no map is called '%s'\n", Argv[1]);
    return 2;
  }
}
