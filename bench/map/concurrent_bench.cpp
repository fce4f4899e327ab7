//===- concurrent_bench.cpp - the concurrent map against a locked one -----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// concurrent_bench concurrent|locked THREADS N: fills a map from N / THREADS
// keys a thread, then looks up; nine look-ups of ten hit. `locked` is
// std::unordered_map behind a std::shared_mutex. Prints wall time an operation
// and the longest single insertion of any thread on its own CPU clock.
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "retsan/map/concurrent_incremental_map.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

using namespace mapbench;

namespace {

struct Locked {
  std::unordered_map<Key, Key> Map;
  mutable std::shared_mutex Mutex;
  void put(Key K, Key V) {
    std::unique_lock Lock(Mutex);
    Map.try_emplace(K, V);
  }
  bool has(Key K) const {
    std::shared_lock Lock(Mutex);
    return Map.contains(K);
  }
};
struct Concurrent {
  retsan::concurrent_incremental_map<Key, Key> Map;
  void put(Key K, Key V) { Map.try_emplace(K, V); }
  bool has(Key K) const { return Map.contains(K); }
};

template <class Work> double wall(unsigned Threads, Work Do) {
  auto Begin = std::chrono::steady_clock::now();
  std::vector<std::thread> Team;
  for (unsigned T = 0; T != Threads; ++T)
    Team.emplace_back([&Do, T] { Do(T); });
  for (std::thread &T : Team)
    T.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - Begin)
      .count();
}

template <class Map>
int run(const char *Name, unsigned Threads, std::uint64_t N) {
  Map M;
  std::uint64_t Each = N / Threads;
  std::vector<double> Longest(Threads);
  double Insert = wall(Threads, [&](unsigned T) {
    double Last = cpuSeconds();
    for (std::uint64_t I = 0; I != Each; ++I) {
      M.put(keyAt(T * Each + I), I);
      double Now = cpuSeconds();
      Longest[T] = std::max(Longest[T], Now - Last);
      Last = Now;
    }
  });
  std::atomic<std::uint64_t> Found{0};
  double Find = wall(Threads, [&](unsigned T) {
    std::uint64_t Mine = 0;
    for (std::uint64_t I = 0; I != Each; ++I) {
      std::uint64_t R = keyAt(I * Threads + T + 77);
      Mine += M.has(R % 10 ? keyAt(R % (Each * Threads)) : ~keyAt(R));
    }
    Found += Mine;
  });
  double Ops = static_cast<double>(Each * Threads);
  std::printf("%s threads=%u n=%llu insert_ns=%.1f find_ns=%.1f max_ms=%.3f\n",
              Name, Threads, static_cast<unsigned long long>(N),
              Insert / Ops * 1e9, Find / Ops * 1e9,
              *std::max_element(Longest.begin(), Longest.end()) * 1e3);
  double Share = static_cast<double>(Found) / Ops;
  if (Share < 0.89 || Share > 0.91) {
    std::fprintf(stderr, "concurrent_bench: %.3f of the keys found, not 0.9\n",
                 Share);
    return 1;
  }
  return 0;
}

} // namespace

int main(int Argc, char **Argv) {
  std::string Which = Argc == 4 ? Argv[1] : "";
  unsigned Threads = Argc == 4 ? static_cast<unsigned>(std::atoi(Argv[2])) : 0;
  std::uint64_t N = Argc == 4 ? std::strtoull(Argv[3], nullptr, 10) : 0;
  if (Threads < 1 || Threads > 64 || N < 1000) {
    std::fprintf(stderr, "usage: concurrent_bench concurrent|locked THREADS N, "
                         "1 <= THREADS <= 64, 1000 <= N\n");
    return 2;
  }
  if (Which == "concurrent")
    return run<Concurrent>("concurrent", Threads, N);
  if (Which == "locked")
    return run<Locked>("locked", Threads, N);
  std::fprintf(stderr, "concurrent_bench: no map is called '%s'\n",
               Which.c_str());
  return 2;
}
