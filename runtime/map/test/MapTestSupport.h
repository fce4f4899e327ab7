//===- MapTestSupport.h - maps, values and a model for the map's tests
//-----===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_TEST_SUPPORT_H
#define RETSAN_MAP_TEST_SUPPORT_H

#include "retsan/map/incremental_map.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace maptest {

template <class Policy, class Key = std::uint64_t, class T = std::uint64_t,
          class Observer = retsan::null_observer>
using Map = retsan::incremental_map<Key, T, std::hash<Key>, std::equal_to<Key>,
                                    std::allocator<std::pair<const Key, T>>,
                                    Policy, Observer>;

/// splitmix64; the same sequence everywhere.
class Random {
public:
  explicit Random(std::uint64_t Seed) : State(Seed) {}
  std::uint64_t operator()() {
    std::uint64_t Z = (State += 0x9E3779B97F4A7C15ull);
    Z = (Z ^ (Z >> 30)) * 0xBF58476D1CE4E5B9ull;
    Z = (Z ^ (Z >> 27)) * 0x94D049BB133111EBull;
    return Z ^ (Z >> 31);
  }
  std::uint64_t below(std::uint64_t N) { return (*this)() % N; }

private:
  std::uint64_t State;
};

// Policies beyond the presets, so that each member takes each of its values.
struct Manual : retsan::policy::prompt {
  static constexpr auto driven_by = retsan::drive::manual;
};
struct Everything : retsan::policy::prompt {
  static constexpr auto driven_by = retsan::drive::everything;
  static constexpr std::size_t step = 7;
};
struct Copying : retsan::policy::prompt {
  static constexpr auto moved_by = retsan::transfer::copy;
  static constexpr auto released = retsan::releasing::at_end;
  static constexpr auto stored_in = retsan::storage::allocator;
  static constexpr bool overflow_tail = true;
};
struct Unpinned : retsan::policy::low_latency {
  static constexpr auto iterators = retsan::pinning::none;
  static constexpr bool same_size_growth = false;
};
struct KeptAndPinned : retsan::policy::ghost {
  static constexpr auto iterators = retsan::pinning::array;
  static constexpr auto on_clear = retsan::resetting::drops_old;
};

/// Counts its living instances.
struct Counted {
  static inline std::atomic<long> Alive{0};
  std::uint64_t Value = 0;
  Counted(std::uint64_t V = 0) : Value(V) { ++Alive; }
  Counted(const Counted &O) : Value(O.Value) { ++Alive; }
  Counted(Counted &&O) noexcept : Value(std::exchange(O.Value, ~0ull)) {
    ++Alive;
  }
  Counted &operator=(const Counted &) = default;
  Counted &operator=(Counted &&O) noexcept {
    Value = O.Value;
    return *this;
  }
  ~Counted() { --Alive; }
  bool operator==(const Counted &O) const { return Value == O.Value; }
};

/// Inserts keys 0, 1, ... until a growth begins; returns how many are in.
template <class M>
std::uint64_t fillUntilGrowing(M &Subject, std::size_t AtLeast) {
  std::uint64_t I = 0;
  while (I < AtLeast || !Subject.growing()) {
    Subject.try_emplace(I, I);
    ++I;
  }
  return I;
}

} // namespace maptest

#endif
