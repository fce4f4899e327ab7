//===- AliasGraph.h - which fields point into what others own -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The first half of the aliases check: where values come from (Provenance.cpp)
// says which fields are set to something that another field of the same object
// leads to. What speaks against such a pair by its types and by what the code
// does with both is told here, too.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ALIASGRAPH_H
#define RETSAN_ANALYZER_SOLVE_ALIASGRAPH_H

#include "analyzer/solve/Provenance.h"

#include <map>
#include <set>

namespace retsan::solve {

/// That one field may point to what another one leads to.
struct AliasOf {
  FieldRef Owner;
  unsigned Level = 0; ///< How many loads below the owner.
  bool Owned = false; ///< What lies below goes with the owner.
  friend bool operator<(const AliasOf &A, const AliasOf &B) {
    return std::tie(A.Owner, A.Level, A.Owned) <
           std::tie(B.Owner, B.Level, B.Owned);
  }
};

class AliasGraph {
public:
  using Owned = std::set<std::pair<FieldRef, AliasOf>>;
  AliasGraph(const Context &C, Provenance &Prov);

  bool empty() const { return ByOwner.empty(); }
  /// What may point to what \p Owner leads to, or null.
  const Owned *aliasesOf(FieldRef Owner) const;
  /// The functions that set \p Alias.
  const std::set<uint32_t> &settersOf(FieldRef Alias) const;
  /// Whether some function that sets the alias gives \p Scalar a constant.
  bool setWith(FieldRef Alias, FieldRef Scalar) const;
  /// Why \p Alias is hardly an alias of what \p Owner leads to, or null.
  const char *doubt(FieldRef Alias, FieldRef Owner) const;
  facts::TypeId typeOf(FieldRef F) const;

private:
  void findStores(uint32_t Fn);
  void noteLink(uint32_t Fn, const facts::Instr &Set);
  uint32_t pointee(const facts::Type &T) const;
  bool mayAlias(FieldRef F) const;
  bool mayOwn(FieldRef F) const;
  bool isOwner(const Shape &S, const facts::Instr *Made) const;
  template <typename Sets>
  bool takesOut(uint32_t Fn, const Sets &All, const Key &Owner,
                const facts::Instr &Taken);

  const Program &P;
  Provenance &Prov;
  std::map<FieldRef, Owned> ByOwner;
  std::map<FieldRef, std::set<uint32_t>> SetBy;
  std::set<FieldRef> Heads; ///< Their values go into links of elements.
  std::set<std::pair<FieldRef, FieldRef>> Together; ///< Set to one value.
};

} // namespace retsan::solve

#endif
