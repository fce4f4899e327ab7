//===- Runner.cpp - exploring one function --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The work list, joining and coarsening of states, and what ends a path. What
// single instructions do is in Memory.cpp and Calls.cpp.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Runner.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

Runner::Runner(Engine &E, uint32_t Fn)
    : E(E), Y(E.Y), P(E.C.P), Fn(Fn), F(E.C.P.Functions[Fn]), G(E.C.graph(Fn)) {
  Slots.resize(F.Blocks.size());
  Level.assign(F.Blocks.size(), 0);
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs) {
      if (I.Opcode == Op::Load)
        LoadedFrom[I.Dst] = &F.Places[I.P];
      else if (I.Opcode == Op::Bin)
        Defs[I.Dst] = &I;
    }
}

void Runner::run(Summary &Sum) {
  Out = &Sum;
  State S;
  for (uint32_t I = 0; I < F.NumParams && I < F.Locals.size(); ++I) {
    const Type &T = P.Types[F.Locals[I].Type];
    LocId L = Y.local(Fn, I);
    SymId Pa = Y.param(I, typeCon(F.Locals[I].Type));
    // A record passed by value arrives as the address of the caller's copy.
    if (T.Kind == TypeKind::Array)
      S.setCell(L, Val{}, {}, /*Aggregate=*/true);
    else if (T.Kind != TypeKind::Record)
      S.setCell(L, Val::sym(Pa), {});
  }
  explore({0, 0}, std::move(S));
  coarsen(E.F.empty() ? 6 : E.Lim.Paths / 2);
}

void Runner::runSegments(Summary &Sum) {
  Out = &Sum;
  for (uint32_t B : G.Order) {
    if (G.LoopHead[B] && G.LoopDepth[B] == 1)
      Cuts.insert({B, 0});
    const auto &Is = F.Blocks[B].Instrs;
    for (uint32_t N = 0; N < Is.size(); ++N)
      if (Is[N].Opcode == Op::Call && Is[N].Callee != None &&
          blocks(P.str(P.Callees[Is[N].Callee].Name)))
        Cuts.insert({B, N});
  }
  State S;
  for (uint32_t I = 0; I < F.NumParams && I < F.Locals.size(); ++I)
    S.setCell(Y.local(Fn, I), Val::sym(Y.param(I)), {});
  std::set<Point> Starts = Cuts;
  explore({0, 0}, S);
  for (const Point &Cut : Starts) {
    for (auto &L : Slots)
      L.clear();
    Work.clear();
    explore(Cut, State());
  }
}

void Runner::explore(Point From, State Start) {
  Started = From;
  std::fill(Level.begin(), Level.end(), 0);
  if (From.Block == 0 && From.Instr == 0 && !Cuts.count(From)) {
    arrive(None, 0, std::move(Start));
  } else {
    execBlock(From.Block, From.Instr, std::move(Start), /*AtStart=*/true);
  }
  while (!Work.empty() && !Stopped) {
    uint32_t B = Work.begin()->second;
    Work.erase(Work.begin());
    for (size_t I = 0; I < Slots[B].size(); ++I) {
      if (!Slots[B][I].Pending)
        continue;
      Slots[B][I].Pending = false;
      if (++Visits > E.Lim.Visits || Steps > E.Lim.FnBudget || E.exhausted()) {
        cap(E.exhausted() ? "the subject's budget is used up"
                          : "too many steps");
        Stopped = true;
        return;
      }
      execBlock(B, 0, Slots[B][I].S, /*AtStart=*/false);
    }
  }
}

void Runner::execBlock(uint32_t B, uint32_t First, State S, bool AtStart) {
  States Cur;
  Cur.push_back(std::move(S));
  const auto &Is = F.Blocks[B].Instrs;
  for (uint32_t N = First; N <= Is.size() && !Cur.empty(); ++N) {
    if (!(AtStart && N == First) && Cuts.count({B, N})) {
      for (State &C : Cur)
        finish(std::move(C), {}, false, /*Cut=*/true);
      return;
    }
    if (N == Is.size())
      break;
    ++E.Steps;
    ++Steps;
    if (Is[N].Opcode == Op::Call) {
      States Next;
      for (State &C : Cur)
        call(B, Is[N], C, (B << 12) ^ N, Next);
      Cur = std::move(Next);
    } else {
      erase_if(Cur, [&](State &C) { return !step(B, N, C); });
      for (State &X : Forks)
        Cur.push_back(std::move(X));
      Forks.clear();
    }
    if (Cur.size() > 6)
      compact(Cur, B);
  }
  for (State &C : Cur)
    terminate(B, std::move(C));
}

void Runner::cap(const char *Why) {
  if (!Out->Capped)
    Out->Why = Why;
  Out->Capped = true;
}

/// Joins states inside a block that the focus cannot tell apart.
void Runner::compact(States &L, uint32_t Block) {
  States Result;
  SmallVector<Key, 8> Keys;
  for (State &S : L) {
    Key K = keyOf(S, L.size() > E.Lim.StatesSoft ? 1 : 0);
    auto It = llvm::find(Keys, K);
    if (It == Keys.end()) {
      Keys.push_back(std::move(K));
      Result.push_back(std::move(S));
    } else {
      join(Result[It - Keys.begin()], S, Block);
    }
  }
  if (Result.size() > E.Lim.StatesHard) {
    Result.resize(E.Lim.StatesHard);
    cap("too many states at one place");
  }
  L = std::move(Result);
}

void Runner::terminate(uint32_t B, State S) {
  const Terminator &T = F.Blocks[B].Term;
  Where W = at(T.Loc);
  switch (T.Kind) {
  case Terminator::Goto:
    if (!T.Succs.empty())
      arrive(B, T.Succs[0], std::move(S));
    return;
  case Terminator::Branch: {
    if (T.Succs.size() < 2) {
      for (uint32_t Su : T.Succs)
        arrive(B, Su, S);
      return;
    }
    Val V = operand(S, T.Cond);
    State Other = S;
    if (T.Succs[0] != None && assume(S, V, true, W))
      arrive(B, T.Succs[0], std::move(S));
    if (T.Succs[1] != None && assume(Other, V, false, W))
      arrive(B, T.Succs[1], std::move(Other));
    return;
  }
  case Terminator::Switch: {
    Val V = operand(S, T.Cond);
    State Rest = S;
    bool RestAlive = true;
    for (const SwitchCase &C : T.Cases) {
      if (C.Succ == None)
        continue;
      State Case = S;
      bool Ok = C.Lo == C.Hi
                    ? assumeCmp(Case, CmpOp::EQ, V, Val::integer(C.Lo), W)
                    : assumeCmp(Case, CmpOp::GE, V, Val::integer(C.Lo), W) &&
                          assumeCmp(Case, CmpOp::LE, V, Val::integer(C.Hi), W);
      if (Ok)
        arrive(B, C.Succ, std::move(Case));
      if (C.Lo == C.Hi && RestAlive)
        RestAlive = assumeCmp(Rest, CmpOp::NE, V, Val::integer(C.Lo), W);
    }
    if (RestAlive && !T.Succs.empty() && T.Succs[0] != None)
      arrive(B, T.Succs[0], std::move(Rest));
    return;
  }
  case Terminator::Return: {
    Val V = operand(S, T.Cond);
    escape(S, V, W);
    finish(std::move(S), V, false, false);
    return;
  }
  case Terminator::Throw:
    if (!T.Succs.empty()) {
      for (uint32_t Su : T.Succs)
        if (Su != None)
          arrive(B, Su, S);
      return;
    }
    finish(std::move(S), {}, /*Throws=*/true, false);
    return;
  case Terminator::Unreachable:
    return;
  case Terminator::Any:
    for (uint32_t Su : T.Succs)
      if (Su != None)
        arrive(B, Su, S);
    return;
  }
}

/// An exception leaves the call: into the handlers of this function, or out.
void Runner::raise(State S) {
  bool Caught = false;
  for (uint32_t B = 0; B < F.Blocks.size(); ++B)
    if (F.Blocks[B].Handler && G.Position[B] != None) {
      Caught = true;
      arrive(B, B, S);
    }
  if (!Caught)
    finish(std::move(S), {}, /*Throws=*/true, false);
}

void Runner::arrive(uint32_t From, uint32_t To, State S) {
  if (Cuts.count({To, 0})) {
    finish(std::move(S), {}, false, /*Cut=*/true);
    return;
  }
  prune(S, To);
  auto &L = Slots[To];
  if (L.size() >= E.Lim.StatesSoft && Level[To] == 0) {
    Level[To] = 1;
    // Join what the coarser key no longer tells apart.
    std::vector<Slot> Old = std::move(L);
    L.clear();
    for (Slot &O : Old) {
      Key K = keyOf(O.S, 1);
      auto It = llvm::find_if(L, [&](const Slot &X) { return X.K == K; });
      if (It == L.end()) {
        O.K = std::move(K);
        L.push_back(std::move(O));
      } else if (join(It->S, O.S, To)) {
        It->Pending = true;
      }
    }
  }
  Key K = keyOf(S, Level[To]);
  auto It = llvm::find_if(L, [&](const Slot &X) { return X.K == K; });
  if (It != L.end()) {
    if (!join(It->S, S, To))
      return;
    It->Pending = true;
  } else {
    if (L.size() >= E.Lim.StatesHard) {
      cap("too many states at one place");
      return;
    }
    L.push_back({std::move(K), std::move(S), true});
  }
  if (G.Position[To] != None)
    Work.insert({G.Position[To], To});
}

bool Runner::isFocusSym(SymId S) {
  const Symbol &Sy = Y.Syms[S];
  if (Sy.Kind == Symbol::Mask)
    return isFocusSym(Sy.A);
  return Sy.Kind == Symbol::Init && E.match(Sy.A).has_value();
}

/// Symbols that point to objects of which the focus is known.
SmallVector<SymId, 8> Runner::focusRoots(const State &S) {
  SmallVector<SymId, 8> Roots;
  auto Note = [&](LocId L) {
    if (!E.match(L))
      return;
    const Location &R = Y.Locs[Y.rootOf(L)];
    if (R.Kind == Location::Pointee && !is_contained(Roots, R.A))
      Roots.push_back(R.A);
  };
  for (const Cell &C : S.Heap)
    Note(C.L);
  for (const Effect &Ef : S.Effects)
    if (Y.Syms[Ef.S].Kind == Symbol::Init)
      Note(Y.Syms[Ef.S].A);
  return Roots;
}

static uint64_t pack(const Con &C) {
  uint64_t H = uint64_t(C.Lo) * 0x9E3779B97F4A7C15ull ^ (uint64_t(C.Hi) << 1);
  for (unsigned I = 0; I < C.NumNe; ++I)
    H = H * 31 + uint64_t(C.Ne[I]) + 7;
  return H;
}

Runner::Key Runner::keyOf(const State &S, unsigned Lv) {
  Key K;
  SmallVector<SymId, 8> Roots = focusRoots(S);
  auto Value = [&](const Val &V) {
    K.push_back((uint64_t(V.Kind) << 1) | V.Interior);
    // Two generations of one site are the same to the focus.
    bool Made = V.isSym() && (Y.Syms[V.N].Kind == Symbol::Fresh);
    K.push_back(Made ? uint64_t(Y.Syms[V.N].A) << 32 : uint64_t(V.N));
    if (V.isSym()) {
      K.push_back(pack(E.conOf(S, V)));
      const Effect *Ef = S.effect(V.N);
      K.push_back(Ef ? Ef->Flags & (Effect::Freed | Effect::Released) : 0);
    }
  };
  for (const Cell &C : S.Heap) {
    const Location &L = Y.Locs[C.L];
    if (auto M = E.match(C.L)) {
      K.push_back(0x10000000000ull + C.L);
      Value(C.V);
      continue;
    }
    if (L.Kind == Location::LocalVar ||
        Y.Locs[Y.rootOf(C.L)].Kind == Location::LocalVar) {
      if (C.V.isSym() &&
          (isFocusSym(C.V.N) || is_contained(Roots, SymId(C.V.N)))) {
        K.push_back(0x20000000000ull + C.L);
        Value(C.V);
      } else if (Lv == 0) {
        if (C.V.Kind == Val::Int || C.V.Kind == Val::Addr ||
            C.V.Kind == Val::Cond) {
          K.push_back(0x20000000000ull + C.L);
          Value(C.V);
        } else if (C.V.isSym()) {
          Con Cn = E.conOf(S, C.V);
          if (!Cn.top()) {
            K.push_back(0x30000000000ull + C.L);
            K.push_back(pack(Cn));
          }
        }
      }
      continue;
    }
    // What an out-parameter was set to.
    if (L.Kind == Location::Pointee && Y.Syms[L.A].Kind == Symbol::Param) {
      K.push_back(0x40000000000ull + C.L);
      if (C.V.isSym() && !isFocusSym(C.V.N))
        K.push_back(pack(E.conOf(S, C.V)));
      else
        Value(C.V);
    }
  }
  for (const Effect &Ef : S.Effects) {
    uint16_t Flags = 0;
    const Symbol &Sy = Y.Syms[Ef.S];
    if (isFocusSym(Ef.S))
      Flags = Ef.Flags &
              ~(Effect::Tested | Effect::Late | Effect::Partly | Effect::Taken);
    else if (Sy.Kind == Symbol::Param || Sy.Kind == Symbol::Fresh)
      Flags =
          Ef.Flags & (Effect::Freed | Effect::Released | Effect::FreedAgain);
    else if (Sy.Kind == Symbol::Init &&
             Y.Locs[Sy.A].Kind == Location::Pointee &&
             Y.Syms[Y.Locs[Sy.A].A].Kind == Symbol::Param)
      Flags = Ef.Flags & (Effect::Freed | Effect::Released); // free(*out)
    if (Flags) {
      K.push_back(0x50000000000ull + Ef.S);
      K.push_back(Flags);
    }
  }
  for (const Known &Kn : S.Cons)
    if (isFocusSym(Kn.S) ||
        (Lv == 0 && (Y.Syms[Kn.S].Kind == Symbol::Param || isHook(Kn.S)))) {
      K.push_back(0x60000000000ull + Kn.S);
      K.push_back(pack(Kn.C));
    }
  for (const auto &[R, V] : S.Regs)
    if (V.Kind != Val::Unknown && (Lv == 0 || (V.isSym() && isFocusSym(V.N)))) {
      if (V.isSym() && !isFocusSym(V.N) && E.conOf(S, V).top())
        continue;
      K.push_back(0x70000000000ull + R);
      if (V.isSym() && !isFocusSym(V.N))
        K.push_back(pack(E.conOf(S, V)));
      else
        Value(V);
    }
  for (LocId L : S.Observed)
    K.push_back(0x80000000000ull + L);
  K.push_back(S.WildUse * 2 + S.FreesLike);
  return K;
}

/// Joins \p From into \p Into; true if Into changed.
bool Runner::join(State &Into, const State &From, uint32_t Block) {
  bool Changed = false;
  // What one path made and the other never saw keeps its fate.
  SmallVector<SymId, 4> Foreign;
  for (const Effect &O : From.Effects)
    if (Y.Syms[O.S].Kind == Symbol::Opaque && (O.Flags & Effect::Freed) &&
        !Into.effect(O.S) && !Into.holds(O.S) &&
        none_of(Into.Heap, [&](const Cell &C) {
          const Location &R = Y.Locs[Y.rootOf(C.L)];
          return R.Kind == Location::Pointee && R.A == O.S;
        }))
      Foreign.push_back(O.S);
  SmallVector<std::pair<SymId, Con>, 4> NewCons;
  // Names of joined values that mean something newer than they did in From.
  SmallVector<std::pair<SymId, Con>, 4> Renewed;
  SmallVector<SymId, 4>
      NewNames; // What Into knew of these was of older values.
  auto Blend = [&](const Val &A, const Val &B, uint32_t Kind,
                   uint32_t Id) -> Val {
    if (A == B)
      return A;
    SymId J = Y.opaque(Y.site(100 + Kind, Fn, Block, Id));
    if (A.isSym() && SymId(A.N) == J) {
      Renewed.push_back({J, E.conOf(From, B)});
      return A;
    }
    if (A.Kind == Val::Unknown)
      return A;
    Renewed.push_back({J, Con::hull(E.conOf(Into, A), E.conOf(From, B))});
    if (!is_contained(NewNames, J))
      NewNames.push_back(J);
    NewCons.push_back({J, Con::hull(E.conOf(Into, A), E.conOf(From, B))});
    return Val::sym(J);
  };
  for (Cell &C : Into.Heap) {
    Val Other;
    if (const Cell *O = From.cell(C.L))
      Other = O->V;
    else if (Y.Locs[Y.rootOf(C.L)].Kind != Location::LocalVar)
      Other = E.peek(From, C.L);
    if (C.Aggregate && C.V != Other) {
      if (C.V.Kind != Val::Unknown) {
        C.V = {};
        Changed = true;
      }
      continue;
    }
    Val V = Blend(C.V, Other, 0, C.L);
    if (V != C.V) {
      C.V = V;
      Changed = true;
    }
  }
  SmallVector<Cell, 4> Missing;
  for (const Cell &O : From.Heap)
    if (!Into.cell(O.L))
      Missing.push_back(O);
  for (const Cell &O : Missing) {
    Changed = true;
    if (Y.Locs[Y.rootOf(O.L)].Kind == Location::LocalVar || O.Aggregate) {
      Into.setCell(O.L, Val{}, O.At, O.Aggregate);
      continue;
    }
    Val Mine = E.peek(Into, O.L);
    Val V = Blend(Mine, O.V, 0, O.L);
    Into.setCell(O.L, V, O.At, false);
  }
  for (auto &[R, V] : Into.Regs) {
    Val N = Blend(V, From.reg(R), 1, R);
    if (N != V) {
      V = N;
      Changed = true;
    }
  }
  erase_if(Into.Cons,
           [&](const Known &K) { return is_contained(NewNames, K.S); });
  erase_if(Into.Effects,
           [&](const Effect &Ef) { return is_contained(NewNames, Ef.S); });
  auto IsRenewed = [&](SymId S) {
    return llvm::find_if(Renewed, [&](const auto &R) { return R.first == S; });
  };
  erase_if(Into.Cons, [&](Known &K) {
    const Con *O = From.con(K.S);
    if (auto R = IsRenewed(K.S); R != Renewed.end())
      O = &R->second;
    if (!O || O->top()) {
      Changed = true;
      return true;
    }
    Con H = Con::hull(K.C, *O);
    if (!(H == K.C)) {
      // Widen: an interval that moves once is given up.
      Changed = true;
      if (H.contains(0) && !K.C.contains(0))
        return true;
      Con W;
      if (!H.contains(0))
        W.refine(CmpOp::NE, 0);
      K.C = W;
      return W.top();
    }
    return false;
  });
  for (const auto &[S, C] : NewCons) {
    if (C.top())
      continue;
    Con W;
    if (!C.contains(0))
      W.refine(CmpOp::NE, 0);
    if (!W.top() && !Into.con(S))
      Into.conRef(S, W);
  }
  size_t Had = Into.Relations.size();
  erase_if(Into.Relations,
           [&](const Relation &R) { return !is_contained(From.Relations, R); });
  Changed |= Into.Relations.size() != Had;
  if (From.PhaseSet && !Into.PhaseSet)
    Into.PhaseSet = Changed = true;
  if (From.Twice.First && !Into.Twice.First) {
    Into.Twice = From.Twice;
    Changed = true;
  }
  for (const Effect &O : From.Effects) {
    if (IsRenewed(O.S) != Renewed.end())
      continue;
    if (is_contained(Foreign, O.S)) {
      Into.effectRef(O.S) = O;
      Changed = true;
      continue;
    }
    Effect &M = Into.effectRef(O.S);
    uint16_t Flags = O.Flags;
    // "Freed on one of two paths" is not freed, where the key does not split.
    bool Split = isFocusSym(O.S) || Y.Syms[O.S].Kind == Symbol::Param;
    if (!Split && (M.Flags ^ Flags) & Effect::Freed) {
      Flags &= ~Effect::Freed;
      if (M.Flags & Effect::Freed)
        M.Flags &= ~Effect::Freed, Changed = true;
    }
    if ((M.Flags | Flags) != M.Flags) {
      M.Flags |= Flags;
      Changed = true;
    }
    if (!M.UseAt)
      M.UseAt = O.UseAt;
    if (!M.FreeAt)
      M.FreeAt = O.FreeAt;
    if (!M.TestAt)
      M.TestAt = O.TestAt;
  }
  for (LocId L : From.Active)
    if (!is_contained(Into.Active, L) && Into.Active.size() < 12)
      Into.Active.push_back(L);
  for (LocId L : From.Followed)
    if (!is_contained(Into.Followed, L) && Into.Followed.size() < 12)
      Into.Followed.push_back(L);
  Into.Clobbers |= From.Clobbers;
  return Changed;
}

/// Forgets what can no longer matter at the entry of \p Block.
void Runner::prune(State &S, uint32_t Block) {
  const BitVector &Live = G.LiveLocals[Block];
  const BitVector &Regs = G.LiveRegs[Block];
  erase_if(S.Heap, [&](const Cell &C) {
    const Location &R = Y.Locs[Y.rootOf(C.L)];
    return R.Kind == Location::LocalVar && R.B == Fn && R.A < Live.size() &&
           !Live[R.A];
  });
  erase_if(S.Regs, [&](const auto &R) {
    return R.first < Regs.size() && !Regs[R.first];
  });
  // Symbols that nothing refers to any more.
  SymSet &Held = E.Held;
  Held.clear();
  auto HoldVal = [&](const Val &V, auto &Self) -> void {
    if (V.isSym()) {
      Held.insert(V.N);
      if (Y.Syms[V.N].Kind == Symbol::Mask)
        Held.insert(Y.Syms[V.N].A);
    } else if (V.Kind == Val::Bits) {
      Held.insert(Y.Bits[V.N].S);
    } else if (V.Kind == Val::Cond) {
      Comparison C = Y.Conds[V.N];
      Self(C.A, Self);
      Self(C.B, Self);
    } else if (V.Kind == Val::Addr) {
      const Location &R = Y.Locs[Y.rootOf(V.N)];
      if (R.Kind == Location::Pointee)
        Held.insert(R.A);
    }
  };
  for (const Cell &C : S.Heap)
    HoldVal(C.V, HoldVal);
  for (const auto &R : S.Regs)
    HoldVal(R.second, HoldVal);
  erase_if(S.Cons, [&](const Known &K) {
    if (isFocusSym(K.S) || Y.Syms[K.S].Kind == Symbol::Param || isHook(K.S))
      return false;
    return !Held.count(K.S);
  });
  SmallVector<SymId, 8> Roots = focusRoots(S);
  erase_if(S.Effects, [&](const Effect &Ef) {
    return !isFocusSym(Ef.S) && !keepsEffect(Ef.S) && !Held.count(Ef.S) &&
           !isLink(Ef.S) &&
           !((Ef.Flags & Effect::Freed) && is_contained(Roots, Ef.S));
  });
}

/// Whether \p S is what the subject's target links to: `head->prev`.
bool Runner::isLink(SymId S) const {
  if (Y.Syms[S].Kind != Symbol::Init)
    return false;
  const Location &L = Y.Locs[Y.Syms[S].A];
  if (L.Kind != Location::Field || Y.Locs[L.Parent].Kind != Location::Pointee)
    return false;
  const Type &T = P.Types[P.Records[L.A].Fields[L.B].Type];
  if (T.Kind != TypeKind::Pointer || P.Types[T.Elem].Record != L.A)
    return false;
  const Symbol &Element = Y.Syms[Y.Locs[L.Parent].A];
  return Element.Kind == Symbol::Init && E.match(Element.A).has_value();
}

/// Whether \p S is an operation of a table that the caller gave: it may know
/// which ones the table has.
bool Runner::isHook(SymId S) const {
  if (Y.Syms[S].Kind != Symbol::Init)
    return false;
  const Location &L = Y.Locs[Y.Syms[S].A];
  return L.Kind == Location::Field &&
         P.Types[P.Records[L.A].Fields[L.B].Type].Kind == TypeKind::Function &&
         Y.Locs[L.Parent].Kind == Location::Pointee &&
         Y.Syms[Y.Locs[L.Parent].A].Kind == Symbol::Param;
}

/// Effects that a caller can make use of, besides those on the focus.
bool Runner::keepsEffect(SymId S) const {
  const Symbol &Sy = Y.Syms[S];
  if (Sy.Kind == Symbol::Param || Sy.Kind == Symbol::Fresh)
    return true;
  return Sy.Kind == Symbol::Init && Y.Locs[Sy.A].Kind == Location::Pointee &&
         Y.Syms[Y.Locs[Sy.A].A].Kind == Symbol::Param;
}

/// Joins paths of the summary that tell a caller the same about the focus, the
/// return value and the parameters' fate.
void Runner::coarsen(size_t Limit) {
  if (Out->Paths.size() <= Limit)
    return;
  std::vector<Path> Old = std::move(Out->Paths);
  Out->Paths.clear();
  std::vector<Key> Keys;
  for (Path &Q : Old) {
    Key K = keyOf(Q.S, 1);
    K.push_back(Q.Throws * 2 + Q.Cut);
    bool Null = Q.RetCon.isConst() && Q.RetCon.Lo == 0;
    K.push_back(Q.Ret.Kind == Val::Int    ? 2 + uint64_t(Q.Ret.N) * 8
                : Null                    ? 0
                : Q.RetCon.excludesZero() ? 3
                                          : 4);
    auto It = llvm::find(Keys, K);
    if (It == Keys.end()) {
      Keys.push_back(std::move(K));
      Out->Paths.push_back(std::move(Q));
      continue;
    }
    Path &Into = Out->Paths[It - Keys.begin()];
    join(Into.S, Q.S, None - 2);
    Into.RetCon = Con::hull(Into.RetCon, Q.RetCon);
    if (Into.Ret != Q.Ret)
      Into.Ret = {};
  }
  PathKeys.clear();
}

void Runner::finish(State S, Val Ret, bool Throws, bool Cut) {
  Path Q;
  Q.RetCon = E.conOf(S, Ret);
  Q.Ret = Ret;
  Q.Throws = Throws;
  Q.Cut = Cut;
  Q.Entered =
      (Started.Block == 0 && Started.Instr == 0 && !Cuts.count(Started)) ||
      (Fn == P.Main && G.Position[Started.Block] < E.context().startupEnd());
  // Locals die here; what is left is what a caller can see.
  SymSet &Kept = E.Held;
  Kept.clear();
  if (Ret.isSym())
    Kept.insert(Ret.N);
  for (const Cell &C : S.Heap) {
    const Location &R = Y.Locs[Y.rootOf(C.L)];
    if (R.Kind == Location::LocalVar)
      continue;
    if (C.V.isSym())
      Kept.insert(C.V.N);
  }
  // What was done to a whole object is kept for the parts in focus.
  SmallVector<Cell, 4> Parts;
  for (const Effect &Ef : S.Effects) {
    if (Y.Syms[Ef.S].Kind != Symbol::Init || !E.match(Y.Syms[Ef.S].A))
      continue;
    LocId L = Y.Syms[Ef.S].A;
    for (LocId At = L; At != None; At = Y.Locs[At].Parent)
      if (const Cell *C = S.cell(At)) {
        if (At != L && C->Aggregate)
          Parts.push_back({L, C->V, false, C->At});
        break;
      }
  }
  for (const Cell &C : Parts)
    S.setCell(C.L, C.V, C.At);
  erase_if(S.Heap, [&](const Cell &C) {
    const Location &R = Y.Locs[Y.rootOf(C.L)];
    if (R.Kind == Location::LocalVar)
      return true;
    if (R.Kind == Location::Pointee && !Y.exportableSym(R.A) &&
        !Kept.count(R.A) && !E.match(C.L))
      return true;
    return false;
  });
  S.Regs.clear();
  erase_if(S.Cons, [&](const Known &K) {
    return !Y.exportableSym(K.S) && !Kept.count(K.S) && !isFocusSym(K.S);
  });
  // Fields outside the focus are not exported: the caller forgets them instead.
  erase_if(S.Heap, [&](const Cell &C) {
    if (C.Aggregate || E.match(C.L) || Y.Locs[C.L].Kind != Location::Field)
      return false;
    const Location &R = Y.Locs[Y.rootOf(C.L)];
    if (R.Kind == Location::Pointee && Y.Syms[R.A].Kind == Symbol::Fresh)
      return false;
    S.Clobbers = true;
    return true;
  });
  SmallVector<SymId, 8> Roots = focusRoots(S);
  erase_if(S.Effects, [&](const Effect &Ef) {
    // That an object itself was freed ends what is said of its fields. What was
    // made here and is out of reach afterwards is no caller's business.
    bool Made = Y.Syms[Ef.S].Kind == Symbol::Fresh;
    return !isFocusSym(Ef.S) && (Made || !keepsEffect(Ef.S)) &&
           !Kept.count(Ef.S) &&
           !((Made || (Ef.Flags & Effect::Freed)) && is_contained(Roots, Ef.S));
  });
  auto Exported = [&](const Val &V) {
    return V.isSym() ? Y.exportableSym(V.N) : Y.exportable(V.N);
  };
  erase_if(S.Relations,
           [&](const Relation &R) { return !Exported(R.A) || !Exported(R.B); });
  Key K = keyOf(S, 0);
  K.push_back(Throws * 2 + Cut);
  K.push_back(uint64_t(Ret.Kind));
  if (Ret.Kind == Val::Int || Ret.Kind == Val::Addr ||
      (Ret.isSym() && isFocusSym(Ret.N)))
    K.push_back(uint64_t(Ret.N));
  else if (Ret.isSym()) {
    K.push_back(pack(Q.RetCon));
    K.push_back(uint64_t(Y.Syms[Ret.N].Kind));
    if (Y.Syms[Ret.N].Kind != Symbol::Opaque)
      K.push_back(uint64_t(Ret.N));
  }
  Q.S = std::move(S);
  for (size_t I = 0; I < PathKeys.size(); ++I)
    if (PathKeys[I] == K) {
      join(Out->Paths[I].S, Q.S, None - 1);
      return;
    }
  if (Out->Paths.size() >= 4 * E.Lim.Paths) {
    cap("too many paths");
    return;
  }
  PathKeys.push_back(std::move(K));
  Out->Paths.push_back(std::move(Q));
}

} // namespace retsan::solve
