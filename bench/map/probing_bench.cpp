//===- probing_bench.cpp - linear, double and cuckoo hashing, and tophash
//--===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table of 1,333,357 slots (prime) takes 1,000,018 random 16-byte strings:
// load 0.75. Same hash, same strings, queries in random order; probes are
// counted, which needs no clock, and checked against Knuth's formulae (TAOCP
// 3, 6.4): a table that misses them by more than 1 % is wrong, and the program
// says so and fails.
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

using namespace mapbench;

namespace {

constexpr std::uint64_t Slots = 1'333'357;
constexpr std::uint32_t None = ~0u;

template <bool Double> struct Open {
  std::vector<std::uint32_t> Table = std::vector<std::uint32_t>(Slots, None);
  const std::vector<String> &Arena;
  std::uint64_t Displaced = 0;
  explicit Open(const std::vector<String> &A) : Arena(A) {}

  static std::uint64_t stepOf(std::uint64_t H) {
    return Double ? 1 + (H >> 32) % (Slots - 1) : 1;
  }
  /// Number of slots looked at; \p Found is the string's index or None.
  std::uint64_t find(const String &S, std::uint32_t &Found,
                     std::uint64_t &At) const {
    std::uint64_t H = hashOf(S), Step = stepOf(H), Probes = 1;
    for (At = H % Slots;; At = (At + Step) % Slots, ++Probes) {
      Found = Table[At];
      if (Found == None || Arena[Found] == S)
        return Probes;
    }
  }
  void insert(std::uint32_t I) {
    std::uint32_t Found;
    std::uint64_t At;
    Displaced += find(Arena[I], Found, At) > 1;
    Table[At] = I;
  }
};

/// Two choices of buckets with Width slots each. False if it does not fit.
template <unsigned Width> struct Cuckoo {
  std::uint64_t Buckets = Slots / Width;
  std::vector<std::array<std::uint32_t, Width>> Table;
  const std::vector<String> &Arena;
  std::uint64_t Kicks = 0, Random = 1;
  explicit Cuckoo(const std::vector<String> &A) : Arena(A) {
    std::array<std::uint32_t, Width> Free;
    Free.fill(None);
    Table.assign(Buckets, Free);
  }
  std::pair<std::uint64_t, std::uint64_t> choices(const String &S) const {
    std::uint64_t H = hashOf(S);
    return {H % Buckets, mix(H) % Buckets};
  }
  /// What is pushed out of a bucket goes to its other one.
  bool insert(std::uint32_t I) {
    std::uint64_t From = ~0ull;
    for (int Tries = 0; Tries != 20'000; ++Tries) {
      auto [A, B] = choices(Arena[I]);
      for (std::uint64_t Where : {A, B})
        for (std::uint32_t &Slot : Table[Where])
          if (Slot == None) {
            Slot = I;
            return true;
          }
      Random = mix(Random + 0x9E3779B97F4A7C15ull);
      std::uint64_t To = From == A ? B : From == B || Random & 1 ? A : B;
      std::swap(I, Table[To][(Random >> 1) % Width]);
      From = To;
      ++Kicks;
    }
    return false;
  }
  std::uint64_t find(const String &S, std::uint32_t &Found,
                     std::uint64_t &) const {
    auto [A, B] = choices(S);
    std::uint64_t Probes = 0;
    for (std::uint64_t Where : {A, B}) {
      ++Probes;
      for (std::uint32_t Slot : Table[Where])
        if (Slot != None && Arena[Slot] == S) {
          Found = Slot;
          return Probes;
        }
    }
    Found = None;
    return Probes;
  }
};

struct Result {
  double HitNs, HitProbes, MissNs, MissProbes;
  std::uint64_t MaxHit = 0;
};

template <class Table>
Result query(const Table &T, const std::vector<String> &In,
             const std::vector<String> &Out) {
  Result R{};
  for (bool Hit : {true, false}) {
    std::uint64_t Probes = 0, N = Out.size(), Found = 0;
    double Begin = cpuSeconds();
    for (std::uint64_t I = 0; I != N; ++I) {
      std::uint32_t Which;
      std::uint64_t At;
      const String &S = Hit ? In[mix(I) % In.size()] : Out[I];
      std::uint64_t P = T.find(S, Which, At);
      Probes += P;
      Found += Which != None;
      if (Hit && P > R.MaxHit)
        R.MaxHit = P;
    }
    double Ns = (cpuSeconds() - Begin) / N * 1e9;
    if (Found != (Hit ? N : 0)) {
      std::fprintf(stderr, "probing_bench: a table lost entries\n");
      std::exit(1);
    }
    (Hit ? R.HitNs : R.MissNs) = Ns;
    (Hit ? R.HitProbes : R.MissProbes) = static_cast<double>(Probes) / N;
  }
  return R;
}

bool Wrong = false;

void check(const char *What, double Measured, double Formula) {
  if (std::abs(Measured / Formula - 1) > 0.01) {
    std::fprintf(stderr,
                 "probing_bench: %s is %.3f, Knuth's formula gives %.3f\n",
                 What, Measured, Formula);
    Wrong = true;
  }
}

} // namespace

int main() {
  std::uint64_t N = Slots * 3 / 4;
  double Load = static_cast<double>(N) / Slots;
  std::vector<String> In(N), Out(N);
  for (std::uint64_t I = 0; I != N; ++I) {
    In[I] = stringAt(I);
    Out[I] = stringAt(I + N);
  }
  Open<false> Linear(In);
  Open<true> Double(In);
  Cuckoo<4> Wide(In);
  Cuckoo<1> Narrow(In);
  for (std::uint32_t I = 0; I != N; ++I) {
    Linear.insert(I);
    Double.insert(I);
    if (!Wide.insert(I)) {
      std::fprintf(stderr,
                   "probing_bench: cuckoo (2,4) does not take load 0.75\n");
      return 1;
    }
  }
  std::uint32_t Fits = 0;
  while (Fits != N && Narrow.insert(Fits))
    ++Fits;

  std::printf(
      "| scheme | displaced | hit ns | hit probes | longest | miss ns | miss "
      "probes |\n|---|---|---|---|---|---|---|\n");
  auto Print = [&](const char *Name, double Displaced, const Result &R) {
    char Share[16] = "-";
    if (Displaced != 0)
      std::snprintf(Share, sizeof(Share), "%.2f %%", Displaced * 100);
    std::printf("| %s | %s | %.0f | %.3f | %llu | %.0f | %.3f |\n", Name, Share,
                R.HitNs, R.HitProbes, static_cast<unsigned long long>(R.MaxHit),
                R.MissNs, R.MissProbes);
  };
  for (int Round = 0; Round != 3; ++Round) {
    Result L = query(Linear, In, Out), D = query(Double, In, Out),
           W = query(Wide, In, Out);
    Print("linear", static_cast<double>(Linear.Displaced) / N, L);
    Print("double", static_cast<double>(Double.Displaced) / N, D);
    Print("cuckoo (2,4), probes are buckets", 0, W);
    check("linear hit", L.HitProbes, 0.5 * (1 + 1 / (1 - Load)));
    check("linear miss", L.MissProbes,
          0.5 * (1 + 1 / ((1 - Load) * (1 - Load))));
    check("double hit", D.HitProbes, std::log(1 / (1 - Load)) / Load);
    check("double miss", D.MissProbes, 1 / (1 - Load));
  }
  std::printf(
      "\ncuckoo (2,4): %.3f kicks an insert; cuckoo (2,1): full at load %.4f\n",
      static_cast<double>(Wide.Kicks) / N, static_cast<double>(Fits) / Slots);
  // Two choices of one slot: the threshold is one half (Pagh and Rodler).
  double Threshold = static_cast<double>(Fits) / Slots;
  if (Threshold < 0.48 || Threshold > 0.52) {
    std::fprintf(stderr, "probing_bench: cuckoo (2,1) is full at %.3f\n",
                 Threshold);
    Wrong = true;
  }
  return Wrong;
}
