//===- Provenance.h - which fields a value was reached through ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every value of a function, the fields of objects that it was read
// through: `c->head->next` was reached through c's field head. Flow-insensitive
// within the function; iterators lead to what their container leads to. Also
// which arguments a function frees.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_PROVENANCE_H
#define RETSAN_ANALYZER_SOLVE_PROVENANCE_H

#include "analyzer/solve/Engine.h"
#include "analyzer/solve/Shapes.h"
#include "analyzer/solve/Subjects.h"

#include <map>
#include <memory>

namespace retsan::solve {

/// A field of an object, which has its name in one function: "L0->", "G3". A
/// global variable is a field without object of record None.
struct Key {
  std::string Object;
  FieldRef Field;
  friend bool operator==(const Key &A, const Key &B) {
    return A.Field == B.Field && A.Object == B.Object;
  }
};

/// A field that a value was reached through.
struct Root {
  std::string Object;
  FieldRef Field;
  uint8_t Level = 0;  ///< Loads below the field; links of a list do not count.
  bool Slot = false;  ///< The value is the field's own address.
  bool Owned = false; ///< All loads below it were of owning types.
  Key key() const { return {Object, Field}; }
  friend bool operator==(const Root &A, const Root &B) {
    return A.Field == B.Field && A.Level == B.Level && A.Slot == B.Slot &&
           A.Owned == B.Owned && A.Object == B.Object;
  }
};

class Provenance {
public:
  using Roots = llvm::SmallVector<Root, 2>;
  Provenance(const Context &C, const std::vector<UserFree> &Frees);

  const Shape &shape(uint32_t Fn) const { return *Shapes[Fn]; }
  const Roots &roots(uint32_t Fn, const facts::Operand &O);
  /// The field or global variable that a place names.
  std::optional<Key> keyOf(uint32_t Fn, const facts::Place &Pl) const;
  /// Where argument \p Arg of call \p I in \p Fn is freed, if it is.
  std::optional<Where> freedArg(uint32_t Fn, const facts::Instr &I,
                                unsigned Arg) const;
  /// The only body that the call can reach, or None.
  uint32_t target(const facts::Instr &I) const;
  /// Name in \p Fn of what its callee calls \p Object; nothing if it is the
  /// callee's own.
  std::optional<std::string> inCaller(uint32_t Fn, const facts::Instr &I,
                                      llvm::StringRef Object) const;
  /// Whether the condition depends on fields of some object in memory.
  bool readsMemory(uint32_t Fn, const facts::Operand &Cond) const;
  Tracked tracked(FieldRef F) const;

private:
  struct Values {
    std::vector<Roots> Regs, Locals;
  };
  void findFrees(const std::vector<UserFree> &Frees);
  const Values &values(uint32_t Fn);
  void compute(uint32_t Fn, Values &V);
  Roots placeRoots(uint32_t Fn, const Values &V, const facts::Place &Pl,
                   bool Address) const;

  const Program &P;
  std::vector<std::unique_ptr<Shape>> Shapes;
  std::vector<std::unique_ptr<Values>> Memo;
  std::map<std::pair<uint32_t, uint32_t>, Where> Freed;
  const std::vector<UserFree> &UserFrees;
  /// What a function returns, in terms of its parameters.
  std::map<uint32_t, Roots> Returns;
};

} // namespace retsan::solve

#endif
