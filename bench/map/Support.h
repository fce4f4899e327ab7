//===- Support.h - keys, strings and the clock of the map's benchmarks ----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All programs here use the same keys: the i-th of a sequence that looks random
// and never repeats (splitmix64's finalizer, a bijection), so that nothing has
// to be stored and runs can be compared. Times are CPU time of the thread:
// another process that takes the core does not count.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_BENCH_MAP_SUPPORT_H
#define RETSAN_BENCH_MAP_SUPPORT_H

#include <array>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace mapbench {

using Key = std::uint64_t;

inline std::uint64_t mix(std::uint64_t Z) {
  Z = (Z ^ (Z >> 30)) * 0xBF58476D1CE4E5B9ull;
  Z = (Z ^ (Z >> 27)) * 0x94D049BB133111EBull;
  return Z ^ (Z >> 31);
}
inline Key keyAt(std::uint64_t I) {
  return mix((I + 1) * 0x9E3779B97F4A7C15ull);
}

using String = std::array<char, 16>;

inline String stringAt(std::uint64_t I) {
  std::uint64_t Words[2] = {mix(2 * I + 0x9E3779B97F4A7C15ull), mix(~I)};
  String S;
  std::memcpy(S.data(), Words, sizeof(Words));
  return S;
}
inline std::uint64_t hashOf(const String &S) {
  std::uint64_t Words[2];
  std::memcpy(Words, S.data(), sizeof(Words));
  return mix(Words[0] * 0x9E3779B97F4A7C15ull ^ mix(Words[1]));
}

inline double secondsOf(clockid_t Clock) {
  timespec T;
  clock_gettime(Clock, &T);
  return static_cast<double>(T.tv_sec) + static_cast<double>(T.tv_nsec) * 1e-9;
}
inline double cpuSeconds() { return secondsOf(CLOCK_THREAD_CPUTIME_ID); }

} // namespace mapbench

#endif
