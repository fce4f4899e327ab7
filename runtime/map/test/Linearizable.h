//===- Linearizable.h - can a recorded history be put in a line? ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Wing and Gong's search, with Lowe's memory of states seen, for one key of a
// map. Linearizability is local (Herlihy and Wing), so a map is linearizable if
// each key is, and a key has few operations. An operation may come next if none
// that is still to come had ended before it began.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_MAP_TEST_LINEARIZABLE_H
#define RETSAN_MAP_TEST_LINEARIZABLE_H

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace maptest {

struct Operation {
  enum Kind { Find, TryEmplace, Assign, Erase } What;
  std::uint64_t Begin, End;
  std::uint64_t Argument = 0;              ///< TryEmplace, Assign.
  bool Returned = false;                   ///< All but Find.
  std::optional<std::uint64_t> Found = {}; ///< Find.
};

class Linearizable {
public:
  /// The key's value, if it has one.
  struct State {
    bool There = false;
    std::uint64_t Value = 0;
    auto operator<=>(const State &) const = default;
  };

  /// At most 64 operations.
  static bool check(const std::vector<Operation> &History) {
    Linearizable L(History);
    return L.search(0, State());
  }

private:
  explicit Linearizable(const std::vector<Operation> &H) : Ops(H) {}

  /// Whether the operation can answer what it did; \p After is what it leaves.
  static bool allowed(const Operation &O, const State &Before, State &After) {
    After = Before;
    switch (O.What) {
    case Operation::Find:
      return O.Found.has_value() == Before.There &&
             O.Found.value_or(0) == Before.Value;
    case Operation::TryEmplace:
      if (!Before.There)
        After = {true, O.Argument};
      return O.Returned == !Before.There;
    case Operation::Assign:
      After = {true, O.Argument};
      return O.Returned == !Before.There;
    default:
      After = {};
      return O.Returned == Before.There;
    }
  }

  bool search(std::uint64_t Done, const State &Now) {
    std::uint64_t FirstEnd = ~0ull;
    for (std::size_t I = 0; I != Ops.size(); ++I)
      if (!(Done >> I & 1) && Ops[I].End < FirstEnd)
        FirstEnd = Ops[I].End;
    if (FirstEnd == ~0ull)
      return true;
    if (!Seen.insert({Done, Now}).second)
      return false;
    for (std::size_t I = 0; I != Ops.size(); ++I) {
      State After;
      if (!(Done >> I & 1) && Ops[I].Begin < FirstEnd &&
          allowed(Ops[I], Now, After) && search(Done | 1ull << I, After))
        return true;
    }
    return false;
  }

  const std::vector<Operation> &Ops;
  std::set<std::pair<std::uint64_t, State>> Seen;
};

} // namespace maptest

#endif
