//===- Runner.h - symbolic execution of one function ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A Runner carries states through the blocks of one function in reverse
// post-order. States that meet at a block with the same key are joined; the key
// holds what the focus needs (see Engine.h). Coarser keys are taken when a
// block collects too many states.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_RUNNER_H
#define RETSAN_ANALYZER_SOLVE_RUNNER_H

#include "analyzer/solve/Engine.h"

#include <set>

namespace retsan::solve {

class Substitution;

class Runner {
public:
  Runner(Engine &E, uint32_t Fn);
  void run(Summary &Out);
  void runSegments(Summary &Out);

private:
  /// What tells states apart: two hashes of all that was added, in its order.
  class Key {
  public:
    void push_back(uint64_t V) {
      A = (A ^ V) * 0x9E3779B97F4A7C15ull;
      A ^= A >> 32;
      B = (B + V) * 0xC2B2AE3D27D4EB4Full;
      B ^= B >> 29;
    }
    friend bool operator==(const Key &X, const Key &Y) = default;

  private:
    uint64_t A = 0, B = 1;
  };
  using States = llvm::SmallVector<State, 4>;
  struct Slot {
    Key K;
    State S;
    bool Pending = true;
  };
  struct Point {
    uint32_t Block = 0, Instr = 0;
    friend bool operator<(const Point &A, const Point &B) {
      return std::tie(A.Block, A.Instr) < std::tie(B.Block, B.Instr);
    }
  };

  void explore(Point From, State Start);
  void execBlock(uint32_t B, uint32_t First, State &&S, bool AtStart);
  bool step(uint32_t B, uint32_t N, State &S);
  void terminate(uint32_t B, State &&S);
  void arrive(uint32_t To, State &&S);
  bool isQuietCall(const facts::Block &B) const;
  void finish(State &&S, Val Ret, bool Throws, bool Cut);
  void cap(const char *Why);
  void raise(State &&S, uint32_t B, const facts::Instr &I);

  static uint64_t pack(const Con &C);
  Key keyOf(const State &S, unsigned Level);
  bool join(State &Into, const State &From, uint32_t Block, unsigned Level = 0);
  void coarsenBlock(uint32_t B, uint8_t To);
  void noteCoarse(const State &A, const State &B);
  void prune(State &S, uint32_t Block);
  void compact(States &L, uint32_t Block);
  void coarsen(size_t Limit);
  bool keepsEffect(SymId S) const;

  // Memory.
  LocId placeLoc(State &S, const facts::Place &P, uint32_t Site);
  Val load(State &S, LocId L, facts::TypeId Ty, uint32_t Site);
  void store(State &S, LocId L, Val V, Where At, bool IsInit = false);
  void forgetShared(State &S, Where At);
  void storeThrough(State &S, LocId L, facts::TypeId Ty, Where At);
  bool unlinks(const State &S, LocId L, Val V);
  void zero(State &S, LocId L, Where At);
  void havoc(State &S, LocId L, uint32_t Site, Where At);
  void copyRecord(State &S, LocId To, LocId From, facts::TypeId Ty, Where At);
  bool heldByLocal(const facts::Place &Pl) const;
  void forgetElements(State &S);
  void eraseBelow(State &S, LocId L);
  Val operand(const State &S, const facts::Operand &O) const;
  Val binary(const facts::Instr &I, Val A, Val B, uint32_t B0, uint32_t Site);

  // Effects.
  void use(State &S, Val V, Where At);
  void deref(State &S, Val V, Where At, bool TornDown = false);
  void escape(State &S, Val V, Where At);
  Val wholeObject(Val V) const;
  void freeVal(State &S, Val V, Where At, bool Release);
  void dropRef(State &S, Val V, Where At);
  void noteTwice(State &S, SymId Sy, Where First, Where Again);
  void noteFree(State &S, const facts::Operand &O, Val V);
  bool assume(State &S, Val V, bool Truth, Where At);
  bool assumeCmp(State &S, facts::CmpOp Op, Val A, Val B, Where At);
  bool refine(State &S, Val V, facts::CmpOp Op, int64_t N, Where At);

  // Calls.
  void call(uint32_t B, const facts::Instr &I, State &S, uint32_t Site,
            States &Out);
  void opaqueCall(State &S, const facts::Instr &I, llvm::ArrayRef<Val> Args,
                  uint32_t Site, bool System, Where At);
  uint64_t sizeAt(LocId L) const;
  void forgetCall(State S, const facts::Instr &I, llvm::ArrayRef<Val> Args,
                  uint32_t Site, Where At, States &Out);
  void compose(const Path &Q, uint32_t T, const Summary &Sum, Substitution &Sub,
               Symbols &From, const State &Before, const facts::Instr &I,
               uint32_t Site, Where At, bool Relevant, States &Out);
  void wildCall(State &S, const facts::Instr &I, uint32_t Site, Where At);
  void havocFocus(State &S, uint32_t Site, Where At);
  void retire(State &S, llvm::ArrayRef<SymId> Made);
  llvm::SmallVector<std::pair<LocId, SymId>, 2> freedSubjects(const State &S);

  Where at(facts::SrcLoc L) const { return {Fn, L}; }
  Con typeCon(facts::TypeId T) const;
  bool isFocusSym(SymId S);
  bool isParam(SymId S) const;
  bool isLink(SymId S) const;
  bool isHook(SymId S) const;
  llvm::SmallVector<SymId, 8> focusRoots(const State &S);

  Engine &E;
  Symbols &Y;
  const Program &P;
  uint32_t Fn;
  const facts::Function &F;
  const FlowGraph &G;
  Summary *Out = nullptr;
  std::vector<std::vector<Slot>> Slots;
  std::set<std::pair<uint32_t, uint32_t>> Work; ///< (position, block).
  std::vector<uint8_t> Level;
  std::vector<Key> PathKeys;
  std::set<Point> Cuts;
  Point Started;
  unsigned Visits = 0;
  uint64_t Steps = 0;
  llvm::DenseMap<uint32_t, const facts::Place *> LoadedFrom;
  llvm::DenseMap<uint32_t, const facts::Instr *> Defs;
  bool Stopped = false;
  States Forks; ///< Further states that an instruction leads to.
};

} // namespace retsan::solve

#endif
