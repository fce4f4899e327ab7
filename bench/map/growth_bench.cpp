//===- growth_bench.cpp - pauses, throughput and memory of growing maps ---===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// growth_bench turns N MAP...   means of insertions, hits and misses. The maps
//                               take turns, a block of operations each, in one
//                               process: what the machine does meets them all.
// growth_bench alone N MAP [P]  memory, and the pauses of P passes. One process
//                               a map, so that peak memory is the map's own.
//
// A pause is the smaller of two: wall time of the insertion, and CPU time of
// the thread for the 32 insertions around it; so an insertion during which the
// thread lost its processor does not count for more than the work done. What
// interrupts and the host of a virtual machine take is charged to the thread
// all the same, but not to the same insertion twice: `max_ms` is the largest
// insertion when each counts with the smallest of its P times. A map does the
// same work in each pass. `raw_ms` is the largest of all, without that.
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "retsan/map/incremental_map.h"

#include <absl/container/flat_hash_map.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <sched.h>
#include <string>
#include <unordered_map>
#include <vector>

using namespace mapbench;

namespace {

/// A map under test. Calls of these cost nothing beside a block of operations.
struct Contender {
  virtual ~Contender() = default;
  virtual void insert(std::uint64_t Begin, std::uint64_t End) = 0;
  virtual std::uint64_t hits(std::uint64_t Begin, std::uint64_t End,
                             std::uint64_t N) const = 0;
  virtual std::uint64_t misses(std::uint64_t Begin,
                               std::uint64_t End) const = 0;
  virtual void pauses(std::vector<float> &Seconds) = 0;
};

template <class Map> struct Contending final : Contender {
  Map M;

  void insert(std::uint64_t Begin, std::uint64_t End) override {
    for (std::uint64_t I = Begin; I != End; ++I)
      M[keyAt(I)] = I;
  }
  /// In an order that has nothing to do with that of the insertions.
  std::uint64_t hits(std::uint64_t Begin, std::uint64_t End,
                     std::uint64_t N) const override {
    std::uint64_t Sum = 0;
    for (std::uint64_t I = Begin; I != End; ++I)
      Sum += M.find(keyAt(keyAt(I + 7) % N))->second < N;
    return Sum;
  }
  /// Keys from \p Begin on, none of which was inserted.
  std::uint64_t misses(std::uint64_t Begin, std::uint64_t End) const override {
    std::uint64_t Sum = 0;
    for (std::uint64_t I = Begin; I != End; ++I)
      Sum += M.find(keyAt(I)) == M.end();
    return Sum;
  }
  void pauses(std::vector<float> &Seconds) override {
    constexpr std::uint64_t Together = 32;
    for (std::uint64_t I = 0, N = Seconds.size(); I < N;) {
      std::uint64_t Begin = I, End = std::min(I + Together, N);
      double Cpu = cpuSeconds(), Last = secondsOf(CLOCK_MONOTONIC);
      for (; I != End; ++I) {
        M[keyAt(I)] = I;
        double Now = secondsOf(CLOCK_MONOTONIC);
        Seconds[I] = static_cast<float>(Now - Last);
        Last = Now;
      }
      auto Work = static_cast<float>(cpuSeconds() - Cpu);
      for (std::uint64_t J = Begin; J != End; ++J)
        Seconds[J] = std::min(Seconds[J], Work);
    }
  }
};

template <class Policy>
using Incremental =
    retsan::incremental_map<Key, Key, std::hash<Key>, std::equal_to<Key>,
                            std::allocator<std::pair<const Key, Key>>, Policy>;

template <class Map> std::unique_ptr<Contender> contending() {
  return std::make_unique<Contending<Map>>();
}
struct Named {
  const char *Name;
  std::unique_ptr<Contender> (*Make)();
};
constexpr Named Maps[] = {
    {"absl", contending<absl::flat_hash_map<Key, Key>>},
    {"boost", contending<boost::unordered_flat_map<Key, Key>>},
    {"std", contending<std::unordered_map<Key, Key>>},
    {"prompt", contending<Incremental<retsan::policy::prompt>>},
    {"low_latency", contending<Incremental<retsan::policy::low_latency>>},
    {"go", contending<Incremental<retsan::policy::go_compatible>>},
    {"ghost", contending<Incremental<retsan::policy::ghost>>}};

const Named *named(const char *Name) {
  for (const Named &M : Maps)
    if (std::strcmp(M.Name, Name) == 0)
      return &M;
  std::fprintf(stderr, "growth_bench: no map is called '%s'\n", Name);
  std::exit(2);
}

double statusMegabytes(const char *Field) {
  std::ifstream In("/proc/self/status");
  for (std::string Line; std::getline(In, Line);)
    if (Line.compare(0, std::strlen(Field), Field) == 0)
      return std::atof(Line.c_str() + std::strlen(Field) + 1) / 1024;
  return 0;
}

/// Caches stay warm on one core.
void pin() {
  cpu_set_t Here;
  CPU_ZERO(&Here);
  CPU_SET(sched_getcpu(), &Here);
  sched_setaffinity(0, sizeof(Here), &Here);
}

int alone(const Named *Which, std::uint64_t N, int Passes) {
  double Base = statusMegabytes("VmRSS");
  auto M = Which->Make();
  M->insert(0, N);
  double Peak = statusMegabytes("VmHWM") - Base;
  double End = statusMegabytes("VmRSS") - Base;
  M.reset();
  std::printf("%s peak_mb=%.0f end_mb=%.0f", Which->Name, Peak, End);
  if (Passes == 0) {
    std::printf("\n");
    return 0;
  }

  std::vector<float> Least(N, 1e9f), Pass(N);
  float Raw = 0;
  for (int I = 0; I != Passes; ++I) {
    M = Which->Make();
    M->pauses(Pass);
    M.reset();
    for (std::uint64_t J = 0; J != N; ++J) {
      Raw = std::max(Raw, Pass[J]);
      Least[J] = std::min(Least[J], Pass[J]);
    }
  }
  std::sort(Least.begin(), Least.end());
  auto Quantile = [&](double Q) {
    return Least[std::min<std::size_t>(N - 1, Q * static_cast<double>(N))];
  };
  std::printf(" p999_us=%.2f p9999_us=%.2f p99999_us=%.2f max_ms=%.4f "
              "raw_ms=%.4f\n",
              Quantile(0.999) * 1e6, Quantile(0.9999) * 1e6,
              Quantile(0.99999) * 1e6, Least.back() * 1e3, Raw * 1e3);
  return 0;
}

/// \p Each(which, begin, end) for blocks of [0, N), the maps in turns. Returns
/// seconds an operation for each map.
template <class Fn>
std::vector<double> inTurns(std::size_t Count, std::uint64_t N, Fn Each) {
  std::vector<double> Spent(Count);
  std::uint64_t Block = std::max<std::uint64_t>(N / 256, 1);
  for (std::uint64_t I = 0, Turn = 0; I != N; ++Turn) {
    std::uint64_t End = std::min(N, I + Block);
    for (std::size_t J = 0; J != Count; ++J) {
      std::size_t Which = (J + Turn) % Count;
      double Begin = cpuSeconds();
      Each(Which, I, End);
      Spent[Which] += cpuSeconds() - Begin;
    }
    I = End;
  }
  for (double &S : Spent)
    S /= static_cast<double>(N);
  return Spent;
}

int turns(const std::vector<const Named *> &Which, std::uint64_t N) {
  std::vector<std::unique_ptr<Contender>> Team;
  for (const Named *W : Which)
    Team.push_back(W->Make());
  std::uint64_t Queries = std::max<std::uint64_t>(N, 4'000'000), Right = 0;
  auto Insert = inTurns(Team.size(), N, [&](auto J, auto Begin, auto End) {
    Team[J]->insert(Begin, End);
  });
  auto Hit = inTurns(Team.size(), Queries, [&](auto J, auto Begin, auto End) {
    Right += Team[J]->hits(Begin, End, N);
  });
  auto Miss = inTurns(Team.size(), Queries, [&](auto J, auto Begin, auto End) {
    Right += Team[J]->misses(N + Begin, N + End);
  });
  if (Right != 2 * Queries * Team.size()) {
    std::fprintf(stderr, "growth_bench: a map gave wrong answers\n");
    return 1;
  }
  for (std::size_t J = 0; J != Team.size(); ++J)
    std::printf("%s insert_ns=%.2f hit_ns=%.2f miss_ns=%.2f\n", Which[J]->Name,
                Insert[J] * 1e9, Hit[J] * 1e9, Miss[J] * 1e9);
  return 0;
}

} // namespace

int main(int Argc, char **Argv) {
  std::string Mode = Argc > 3 ? Argv[1] : "";
  std::uint64_t N = Argc > 3 ? std::strtoull(Argv[2], nullptr, 10) : 0;
  int Passes = Argc == 5 ? std::atoi(Argv[4]) : 3;
  if ((Mode != "turns" && (Mode != "alone" || Argc > 5)) || N < 100 ||
      Passes < 0) {
    std::fprintf(stderr, "usage: growth_bench turns N MAP... | alone N MAP "
                         "[PASSES], 100 <= N, 0 <= PASSES\nMAP: absl boost std "
                         "prompt low_latency go ghost\n");
    return 2;
  }
  pin();
  if (Mode == "alone")
    return alone(named(Argv[3]), N, Passes);
  std::vector<const Named *> Which;
  for (int I = 3; I != Argc; ++I)
    Which.push_back(named(Argv[I]));
  return turns(Which, N);
}
