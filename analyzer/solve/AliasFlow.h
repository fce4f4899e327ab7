//===- AliasFlow.h - frees behind an alias --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The second half of the aliases check: a forward flow over each function that
// frees what an owner leads to says whether it may end without having looked at
// the alias; its callers are asked the same, up to those that have an object of
// their own.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ALIASFLOW_H
#define RETSAN_ANALYZER_SOLVE_ALIASFLOW_H

#include "analyzer/solve/AliasGraph.h"

#include <deque>

namespace retsan::solve {

/// An object's alias that a function leaves dangling.
struct Left {
  std::string Object;
  FieldRef Alias, Owner;
  Where At;           ///< The freeing place.
  bool Phase = false; ///< Freed only in some phase of the object.
  /// The owner's own value is freed and the owner cleared: the object lives on.
  bool Cleared = false;
  /// The owner's own value is freed and the owner left as it is: the object may
  /// be at its end.
  bool Ends = false;
  friend bool operator<(const Left &A, const Left &B) {
    return std::tie(A.Object, A.Alias) < std::tie(B.Object, B.Alias);
  }
};
class AliasFlow {
public:
  AliasFlow(const Context &C, Provenance &Prov, const AliasGraph &Graph)
      : C(C), P(C.P), Prov(Prov), Graph(Graph) {}

  /// Of each function, the aliases that it leaves dangling.
  const std::map<uint32_t, std::set<Left>> &run();
  /// Whether \p Fn is more than a part of the making or the end of an object.
  bool isOperation(uint32_t Fn) const;

private:
  struct Event {
    uint32_t Block, Instr;
    Left L;
    uint32_t Result = None; ///< Register: where it is null nothing was freed.
  };

  void collect(uint32_t Fn, llvm::SmallVectorImpl<Event> &Events);
  void follow(uint32_t Fn);
  bool isNewSlot(uint32_t Fn, const facts::Operand &O) const;
  bool stores(uint32_t Fn, FieldRef Owner) const;
  bool knows(uint32_t Fn, FieldRef Owner) const;
  bool clears(uint32_t Fn, const Key &Owner, const facts::Operand &O) const;
  bool endsUnseen(uint32_t Fn, llvm::ArrayRef<Event> Events, const Left &L);
  llvm::BitVector decidersOf(uint32_t Fn, const Key &Alias);
  static bool decides(const FlowGraph &G, const facts::Function &F, uint32_t D,
                      uint32_t B);
  const facts::Instr *isNullWay(uint32_t Fn, const facts::Operand &Cond,
                                unsigned Succ);
  bool looksAt(uint32_t Fn, const facts::Instr &I, const Key &Alias);
  bool inPhase(uint32_t Fn, const Event &E);

  const Context &C;
  const Program &P;
  Provenance &Prov;
  const AliasGraph &Graph;
  std::map<uint32_t, std::set<Left>> Leavers;
  std::deque<uint32_t> Work;
};

} // namespace retsan::solve

#endif
