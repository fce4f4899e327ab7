//===- AliasFlow.cpp - frees behind an alias ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A work list of functions: what one leaves dangling is an event in each of its
// callers. Per function and alias a path is clean, dirty (freed and nobody
// looked) or gone; a look at the alias, a store to it and a branch that decides
// over such a store end a path.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/AliasFlow.h"
#include "analyzer/solve/Conditions.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

const std::map<uint32_t, std::set<Left>> &AliasFlow::run() {
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    if (isOperation(Fn))
      Work.push_back(Fn);
  while (!Work.empty()) {
    uint32_t Fn = Work.front();
    Work.pop_front();
    follow(Fn);
  }
  return Leavers;
}

bool AliasFlow::isOperation(uint32_t Fn) const {
  const Function &F = P.Functions[Fn];
  return !F.Ctor && !F.Dtor && !F.Implicit && !F.System;
}

void AliasFlow::collect(uint32_t Fn, SmallVectorImpl<Event> &Events) {
  const Function &F = P.Functions[Fn];
  const FlowGraph &G = C.graph(Fn);
  for (uint32_t B : G.Order)
    for (uint32_t N = 0; N < F.Blocks[B].Instrs.size(); ++N) {
      const Instr &I = F.Blocks[B].Instrs[N];
      enum { Frees, Drops, Moves } How = Frees;
      uint32_t Callee = None, Result = None;
      Where Here{Fn, I.Loc};
      auto Ends = [&](const Operand &O, Where At) {
        const auto &Roots = Prov.roots(Fn, O);
        if (isNewSlot(Fn, O))
          return;
        for (const Root &Rt : Roots) {
          const AliasGraph::Owned *Of =
              Rt.Slot ? nullptr : Graph.aliasesOf(Rt.Field);
          if (!Of)
            continue;
          OwnerKind Kind = P.Types[Graph.typeOf(Rt.Field)].Owner;
          for (const auto &[Alias, A] : *Of) {
            bool Inside = A.Level == Rt.Level;
            bool Kills = Inside || (A.Level > Rt.Level && A.Owned);
            if (How == Drops) // clear(): the elements go if they are owned.
              Kills = Rt.Level == 0 && Kind == OwnerKind::Container && A.Owned;
            if (How == Moves)
              Kills = Inside && Rt.Level == 0 &&
                      (Kind == OwnerKind::Container ||
                       Kind == OwnerKind::ValueContainer);
            if (!Kills || any_of(Roots, [&, &Al = Alias](const Root &X) {
                  return X.Field == Al;
                }))
              continue;
            // A callee that knows the alias sees to it.
            if (uint32_t Slot = C.slotOf(Prov.tracked(Alias));
                Callee != None && Slot != None &&
                C.touches(Callee, Slot, /*Direct=*/false))
              continue;
            // A deleter of the owner's type knows its argument only.
            Left L{Rt.Object, Alias, Rt.Field,
                   Kind != OwnerKind::None && !knows(At.Fn, Rt.Field) ? Here
                                                                      : At};
            L.Cleared = A.Level == 0 && Rt.Level == 0 && !G.LoopDepth[B] &&
                        clears(Fn, Rt.key(), O);
            L.Ends = A.Level == 0 && Rt.Level == 0 && !stores(Fn, Rt.Field) &&
                     (Callee == None || !stores(Callee, Rt.Field));
            Events.push_back({B, N, L, Result});
          }
        }
      };
      switch (I.Opcode) {
      case Op::Free:
        Ends(I.A, Here);
        break;
      case Op::Release:
        How = Drops;
        Ends(I.A, Here);
        break;
      case Op::Invalidate:
        How = Moves;
        Ends(I.A, Here);
        break;
      case Op::Call: {
        uint32_t Body = Prov.target(I);
        Callee = Body;
        if (P.Types[I.Type].Kind == TypeKind::Pointer)
          Result = I.Dst; // realloc
        for (unsigned A = 0; A < I.Args.size(); ++A)
          if (auto At = Prov.freedArg(Fn, I, A))
            Ends(I.Args[A], *At);
        auto It = Body == None ? Leavers.end() : Leavers.find(Body);
        if (It == Leavers.end())
          break;
        for (const Left &L : It->second)
          if (auto Obj = Prov.inCaller(Fn, I, L.Object)) {
            Left M = L;
            M.Object = *Obj;
            Events.push_back({B, N, M, None});
          }
        break;
      }
      default:
        break;
      }
    }
}

bool AliasFlow::knows(uint32_t Fn, FieldRef Owner) const {
  uint32_t Slot = C.slotOf(Prov.tracked(Owner));
  return Slot != None && C.touches(Fn, Slot, /*Direct=*/true);
}

/// `map[key] = ...`: what is freed lay in the slot that was just made, so
/// there was nothing.
bool AliasFlow::isNewSlot(uint32_t Fn, const Operand &O) const {
  const Function &F = P.Functions[Fn];
  const Shape &S = Prov.shape(Fn);
  const Instr *D = S.origin(O);
  for (unsigned I = 0; D && I < 3; ++I) {
    if (D->Opcode == Op::New)
      return true;
    if ((D->Opcode != Op::Load && D->Opcode != Op::Addr) ||
        F.Places[D->P].Base != Place::Deref)
      return false;
    D = S.origin(F.Places[D->P].Ptr);
  }
  return false;
}

bool AliasFlow::stores(uint32_t Fn, FieldRef Owner) const {
  const Function &F = P.Functions[Fn];
  return any_of(F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      if (I.Opcode != Op::Store && I.Opcode != Op::Addr)
        return false;
      auto K = Prov.keyOf(Fn, F.Places[I.P]);
      return K && K->Field == Owner;
    });
  });
}

/// Whether \p O is what the owner holds, and the function clears the owner.
bool AliasFlow::clears(uint32_t Fn, const Key &Owner, const Operand &O) const {
  const Function &F = P.Functions[Fn];
  const Instr *D = Prov.shape(Fn).origin(O);
  if (!D || D->Opcode != Op::Load ||
      Prov.keyOf(Fn, F.Places[D->P]) != std::optional(Owner))
    return false;
  return any_of(F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      return I.Opcode == Op::Store && I.A.Kind == Operand::Null &&
             Prov.keyOf(Fn, F.Places[I.P]) == std::optional(Owner);
    });
  });
}

void AliasFlow::follow(uint32_t Fn) {
  SmallVector<Event, 8> Events;
  collect(Fn, Events);
  std::set<Left> Asked;
  bool Grew = false;
  for (const Event &E : Events) {
    if (!Asked.insert(E.L).second || Leavers[Fn].count(E.L))
      continue;
    Left L = E.L;
    if (!endsUnseen(Fn, Events, L))
      continue;
    L.Phase |= inPhase(Fn, E);
    Leavers[Fn].insert(L);
    Grew = true;
  }
  if (!Grew)
    return;
  for (const CallSite &S : P.SitesOf[Fn])
    if (S.Function != Fn && isOperation(S.Function))
      Work.push_back(S.Function);
}

/// Whether some path through \p Fn frees and comes to its end without a look
/// at the alias.
bool AliasFlow::endsUnseen(uint32_t Fn, ArrayRef<Event> Events, const Left &L) {
  const Function &F = P.Functions[Fn];
  Key Alias{L.Object, L.Alias};
  BitVector Deciders = decidersOf(Fn, Alias);
  enum : uint8_t { Clean = 1, Dirty = 2 };
  std::vector<uint8_t> In(F.Blocks.size());
  In[0] = Clean;
  SmallVector<uint32_t, 16> Todo{0};
  while (!Todo.empty()) {
    uint32_t B = Todo.pop_back_val();
    uint8_t St = In[B];
    for (uint32_t N = 0; N < F.Blocks[B].Instrs.size() && St; ++N) {
      const Instr &I = F.Blocks[B].Instrs[N];
      bool Frees = any_of(Events, [&](const Event &E) {
        return E.Block == B && E.Instr == N && E.L.Object == L.Object &&
               E.L.Alias == L.Alias;
      });
      if (I.Opcode == Op::Call && I.Callee != None &&
          P.Callees[I.Callee].NoReturn && P.BodyOf[I.Callee] == None)
        St = 0;
      else if (Frees)
        St = Dirty;
      else if (looksAt(Fn, I, Alias))
        St = 0;
    }
    const Terminator &T = F.Blocks[B].Term;
    if ((St & Dirty) &&
        (T.Kind == Terminator::Return || T.Kind == Terminator::Throw))
      return true;
    if (Deciders[B])
      St = 0;
    for (unsigned S = 0; S < T.Succs.size() + T.Cases.size(); ++S) {
      uint32_t To =
          S < T.Succs.size() ? T.Succs[S] : T.Cases[S - T.Succs.size()].Succ;
      uint8_t Now = St;
      if (const Instr *Null = T.Kind == Terminator::Branch
                                  ? isNullWay(Fn, T.Cond, S)
                                  : nullptr) {
        std::optional<Key> K = Null->Opcode == Op::Load
                                   ? Prov.keyOf(Fn, F.Places[Null->P])
                                   : std::nullopt;
        if (K && *K == Alias)
          Now = 0;
        // `if (list) free(list)`: what lay in it was reached through it.
        if (Null->Opcode == Op::Load &&
            Prov.shape(Fn).place(F.Places[Null->P]) + "->" == L.Object)
          Now = 0;
        if (any_of(Events, [&](const Event &E) {
              return E.Result != None && E.Result == Null->Dst;
            }))
          Now = Now ? Clean : 0;
      }
      if (To != None && (In[To] | Now) != In[To]) {
        In[To] |= Now;
        Todo.push_back(To);
      }
    }
  }
  return false;
}

/// Branches that decide whether the alias is set, by what they read of the
/// object or of its elements: `if (!q->head) q->tail = NULL`.
BitVector AliasFlow::decidersOf(uint32_t Fn, const Key &Alias) {
  const Function &F = P.Functions[Fn];
  const FlowGraph &G = C.graph(Fn);
  BitVector Result(F.Blocks.size());
  for (uint32_t B : G.Order)
    for (const Instr &I : F.Blocks[B].Instrs) {
      if (I.Opcode != Op::Store)
        continue;
      auto K = Prov.keyOf(Fn, F.Places[I.P]);
      if (!K || !(*K == Alias))
        continue;
      for (uint32_t D : G.Order)
        if (!G.LoopHead[D] && F.Blocks[D].Term.Kind == Terminator::Branch &&
            decides(G, F, D, B) && Prov.readsMemory(Fn, F.Blocks[D].Term.Cond))
          Result.set(D);
    }
  return Result;
}

bool AliasFlow::decides(const FlowGraph &G, const Function &F, uint32_t D,
                        uint32_t B) {
  // One way from D leads to B, another does not.
  auto Leads = [&](uint32_t From) {
    BitVector Seen(F.Blocks.size());
    SmallVector<uint32_t, 8> Todo{From};
    while (!Todo.empty()) {
      uint32_t X = Todo.pop_back_val();
      if (X == B)
        return true;
      if (Seen[X])
        continue;
      Seen.set(X);
      for (uint32_t Su : G.Succs[X])
        if (!G.isBackEdge(X, Su))
          Todo.push_back(Su);
    }
    return false;
  };
  bool Some = false, Others = false;
  for (uint32_t Su : G.Succs[D])
    (Leads(Su) ? Some : Others) = true;
  return Some && Others;
}

/// What made the value that is null on way \p Succ of the branch.
const Instr *AliasFlow::isNullWay(uint32_t Fn, const Operand &Cond,
                                  unsigned Succ) {
  const Shape &S = Prov.shape(Fn);
  const Instr *D = S.origin(Cond);
  bool Way = Succ == 0;
  for (unsigned I = 0; D && I < 6; ++I) {
    switch (D->Opcode) {
    case Op::Not:
      Way = !Way;
      D = S.origin(D->A);
      continue;
    case Op::Cmp:
      if (D->B.Kind != Operand::Null &&
          !(D->B.Kind == Operand::Int && D->B.Value == 0))
        return nullptr;
      if (D->Cop == CmpOp::EQ)
        Way = !Way;
      else if (D->Cop != CmpOp::NE)
        return nullptr;
      D = S.origin(D->A);
      continue;
    default:
      return Way ? nullptr : D;
    }
  }
  return nullptr;
}

/// Whether the instruction sets the alias, compares it with something, or
/// leaves its object to code that may.
bool AliasFlow::looksAt(uint32_t Fn, const Instr &I, const Key &Alias) {
  const Function &F = P.Functions[Fn];
  const Shape &S = Prov.shape(Fn);
  auto IsAlias = [&](const Operand &O) {
    const Instr *D = S.origin(O);
    if (!D || D->Opcode != Op::Load)
      return false;
    auto K = Prov.keyOf(Fn, F.Places[D->P]);
    return K && *K == Alias;
  };
  switch (I.Opcode) {
  case Op::Store: {
    auto K = Prov.keyOf(Fn, F.Places[I.P]);
    return (K && *K == Alias) || IsAlias(I.A);
  }
  case Op::Cmp:
    return (IsAlias(I.A) && I.B.Kind == Operand::Reg) ||
           (IsAlias(I.B) && I.A.Kind == Operand::Reg);
  case Op::Addr: {
    auto K = Prov.keyOf(Fn, F.Places[I.P]);
    return K && *K == Alias;
  }
  case Op::Zero:
  case Op::CopyRec:
  case Op::Havoc: {
    const Type &T = P.Types[F.Places[I.P].Type];
    return T.Kind == TypeKind::Record && Alias.Field.first != None &&
           T.Record == Alias.Field.first;
  }
  case Op::Free:
    return S.value(I.A) + "->" == Alias.Object;
  case Op::Call:
    break;
  default:
    return false;
  }
  uint32_t Slot = C.slotOf(Prov.tracked(Alias.Field));
  for (unsigned A = 0; A < I.Args.size(); ++A) {
    std::string V = S.value(I.Args[A]);
    bool Given = V + "->" == Alias.Object ||
                 (V[0] == '&' && V.substr(1) == Alias.Object);
    if (Given && Prov.freedArg(Fn, I, A))
      return true; // The object ends.
    if (Given && I.Callee != None && P.BodyOf[I.Callee] == None &&
        !P.Callees[I.Callee].SystemDecl)
      return true;
  }
  bool Complete;
  for (uint32_t T : P.targets(I, nullptr, Complete))
    if (Slot != None && C.writes(T, Slot, /*Direct=*/false))
      return true;
  // A hook that is not known may do anything with what it is given.
  return I.Callee == None && !Complete && any_of(I.Args, [&](const Operand &O) {
           return S.value(O) + "->" == Alias.Object;
         });
}

/// Whether a test of a scalar that tells when the alias is set decides over
/// the free.
bool AliasFlow::inPhase(uint32_t Fn, const Event &E) {
  if (E.L.Alias.first == None)
    return false;
  bool Found = false;
  forEachDecision(C, Fn, E.Block, [&](const Operand &Cond) {
    forEachTested(C, Fn, Cond, [&](const TestedPlace &T) {
      if (!T.Where->Path.empty() &&
          T.Where->Path.back().Kind == PathElem::Field) {
        const PathElem &L = T.Where->Path.back();
        Found |= L.Record == E.L.Alias.first &&
                 Graph.setWith(E.L.Alias, {L.Record, L.Index});
      }
      return true;
    });
  });
  return Found;
}

} // namespace retsan::solve
