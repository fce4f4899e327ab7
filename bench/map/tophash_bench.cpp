//===- tophash_bench.cpp - what a byte of the hash saves ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// tophash_bench on|off|build BITS LOOKUPS: buckets of eight at the full load of
// 6.5, keys of 16 bytes. Half of the look-ups hit, half miss. `build` looks
// nothing up, so that a cache simulator's counts of it can be subtracted.
//
// Theory, which the program checks: 1 + 3.25 / 251 compares a hit and 6.5 / 251
// a miss with tophash; the slots visited are the same without.
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "retsan/map/detail/bucket.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

using namespace mapbench;

namespace {

using Bucket = retsan::map_detail::bucket<String, std::uint32_t>;

struct Table {
  std::vector<Bucket> Buckets;
  std::deque<Bucket> Overflow;
  std::uint64_t Mask, Slots = 0, Compares = 0;

  explicit Table(unsigned Bits)
      : Buckets(std::size_t(1) << Bits), Mask(Buckets.size() - 1) {
    for (Bucket &B : Buckets)
      B.make_empty();
  }
  void insert(const String &S, std::uint32_t V) {
    std::uint64_t H = hashOf(S);
    Bucket *B = &Buckets[H & Mask];
    while (!B->empty_slots()) {
      if (B->overflow == nullptr) {
        B->overflow = &Overflow.emplace_back();
        B->overflow->make_empty();
      }
      B = B->overflow;
    }
    unsigned I = static_cast<unsigned>(std::countr_zero(B->empty_slots()));
    B->tophash[I] = retsan::map_detail::top_of(H);
    ::new (&B->slots[I].movable) std::pair<String, std::uint32_t>(S, V);
  }
  template <bool Tophash> bool find(const String &S) {
    std::uint64_t H = hashOf(S);
    std::uint8_t Top = retsan::map_detail::top_of(H);
    for (Bucket *B = &Buckets[H & Mask]; B; B = B->overflow) {
      unsigned Used = static_cast<unsigned>(std::popcount(B->full_slots()));
      unsigned Candidates = Tophash ? B->match(Top) : (1u << Used) - 1;
      for (; Candidates; Candidates &= Candidates - 1) {
        unsigned I = static_cast<unsigned>(std::countr_zero(Candidates));
        ++Compares;
        if (B->slots[I].movable.first == S) {
          Slots += I + 1;
          return true;
        }
      }
      Slots += Used;
    }
    return false;
  }
};

bool near(double A, double B, double Error) { return std::abs(A - B) <= Error; }

template <bool Tophash>
int look(Table &T, std::uint64_t Entries, std::uint64_t N) {
  double Each[2][3];
  for (bool Hit : {true, false}) {
    T.Slots = T.Compares = 0;
    std::uint64_t Found = 0;
    double Begin = cpuSeconds();
    for (std::uint64_t I = 0; I != N; ++I)
      Found +=
          T.find<Tophash>(stringAt(Hit ? mix(I + 1) % Entries : Entries + I));
    Each[!Hit][0] = (cpuSeconds() - Begin) / static_cast<double>(N) * 1e9;
    Each[!Hit][1] = static_cast<double>(T.Slots) / static_cast<double>(N);
    Each[!Hit][2] = static_cast<double>(T.Compares) / static_cast<double>(N);
    if (Found != (Hit ? N : 0)) {
      std::fprintf(stderr, "tophash_bench: entries were lost\n");
      return 1;
    }
  }
  std::printf("%s hit_ns=%.1f hit_slots=%.3f hit_compares=%.3f miss_ns=%.1f "
              "miss_slots=%.3f miss_compares=%.3f\n",
              Tophash ? "on" : "off", Each[0][0], Each[0][1], Each[0][2],
              Each[1][0], Each[1][1], Each[1][2]);
  bool Right = near(Each[0][1], 4.25, 0.06) && near(Each[1][1], 6.5, 0.06) &&
               (Tophash ? near(Each[0][2], 1 + 3.25 / 251, 0.004) &&
                              near(Each[1][2], 6.5 / 251, 0.004)
                        : near(Each[0][2], Each[0][1], 1e-9) &&
                              near(Each[1][2], Each[1][1], 1e-9));
  if (!Right)
    std::fprintf(stderr, "tophash_bench: counts are off what theory gives\n");
  return !Right;
}

} // namespace

int main(int Argc, char **Argv) {
  std::string Mode = Argc == 4 ? Argv[1] : "";
  unsigned Bits = Argc == 4 ? static_cast<unsigned>(std::atoi(Argv[2])) : 0;
  std::uint64_t N = Argc == 4 ? std::strtoull(Argv[3], nullptr, 10) : 0;
  if ((Mode != "on" && Mode != "off" && Mode != "build") || Bits < 8 ||
      Bits > 22 || N < 1000) {
    std::fprintf(stderr, "usage: tophash_bench on|off|build BITS LOOKUPS, 8 <= "
                         "BITS <= 22, 1000 <= LOOKUPS\n");
    return 2;
  }
  Table T(Bits);
  std::uint64_t Entries = (std::uint64_t(13) << Bits) / 2;
  for (std::uint64_t I = 0; I != Entries; ++I)
    T.insert(stringAt(I), static_cast<std::uint32_t>(I));
  if (Mode == "build")
    return 0;
  return Mode == "on" ? look<true>(T, Entries, N) : look<false>(T, Entries, N);
}
