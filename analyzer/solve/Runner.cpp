//===- Runner.cpp - exploring one function --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The work list and what ends a path. Which states are joined is said in
// States.cpp; what instructions do in Instructions.cpp, Memory.cpp, Effects.cpp
// and Calls.cpp.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Runner.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Throwing.h"

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
    arrive(0, std::move(Start));
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
      execBlock(B, 0, State(Slots[B][I].S), /*AtStart=*/false);
    }
  }
}

void Runner::execBlock(uint32_t B, uint32_t First, State &&S, bool AtStart) {
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
      Keys.push_back(K);
      Result.push_back(std::move(S));
    } else {
      if (L.size() > E.Lim.StatesSoft)
        noteCoarse(Result[It - Keys.begin()], S);
      join(Result[It - Keys.begin()], S, Block);
    }
  }
  if (Result.size() > E.Lim.StatesHard) {
    Result.resize(E.Lim.StatesHard);
    cap("too many states at one place");
  }
  L = std::move(Result);
}

void Runner::terminate(uint32_t B, State &&S) {
  const Terminator &T = F.Blocks[B].Term;
  Where W = at(T.Loc);
  switch (T.Kind) {
  case Terminator::Goto:
    if (!T.Succs.empty())
      arrive(T.Succs[0], std::move(S));
    return;
  case Terminator::Branch: {
    if (T.Succs.size() < 2) {
      for (uint32_t Su : T.Succs)
        arrive(Su, State(S));
      return;
    }
    Val V = operand(S, T.Cond);
    if (V.Kind == Val::Int) { // Nothing to learn, one way to go.
      if (uint32_t To = T.Succs[V.N ? 0 : 1]; To != None)
        arrive(To, std::move(S));
      return;
    }
    State Other = S;
    if (T.Succs[0] != None && assume(S, V, true, W))
      arrive(T.Succs[0], std::move(S));
    if (T.Succs[1] != None && assume(Other, V, false, W))
      arrive(T.Succs[1], std::move(Other));
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
        arrive(C.Succ, std::move(Case));
      if (C.Lo == C.Hi && RestAlive)
        RestAlive = assumeCmp(Rest, CmpOp::NE, V, Val::integer(C.Lo), W);
    }
    if (RestAlive && !T.Succs.empty() && T.Succs[0] != None)
      arrive(T.Succs[0], std::move(Rest));
    return;
  }
  case Terminator::Return: {
    Val V = operand(S, T.Cond);
    const bool Shown = V.isSym() && S.has(V.N, Effect::Shown);
    escape(S, V, W);
    if (V.isSym() && !Shown)
      S.effectRef(V.N).Flags &= ~Effect::Shown;
    finish(std::move(S), V, false, false);
    return;
  }
  case Terminator::Throw:
    if (!T.Succs.empty()) {
      for (uint32_t Su : T.Succs)
        if (Su != None)
          arrive(Su, State(S));
      return;
    }
    finish(std::move(S), {}, /*Throws=*/true, false);
    return;
  case Terminator::Unreachable:
    return;
  case Terminator::Any: {
    const bool Quiet = isQuietCall(F.Blocks[B]);
    for (uint32_t Su : T.Succs)
      if (Su != None && !(Quiet && Su == T.Succs[1]))
        arrive(Su, State(S));
    return;
  }
  }
}

/// Whether \p B ends in a call with a handler around it, T.Succs[1], that
/// nothing is thrown to.
bool Runner::isQuietCall(const Block &B) const {
  const Terminator &T = B.Term;
  if (T.Kind != Terminator::Any || T.Succs.size() != 2 || T.Succs[1] == None ||
      T.Succs[0] == T.Succs[1] || B.Instrs.empty() ||
      B.Instrs.back().Opcode != Op::Call)
    return false;
  // Its handlers, or where one of them is chosen.
  const Block &To = F.Blocks[T.Succs[1]];
  const bool Handled =
      To.Handler || (To.Instrs.empty() && To.Term.Kind == Terminator::Any &&
                     any_of(To.Term.Succs, [&](uint32_t S) {
                       return S != None && F.Blocks[S].Handler;
                     }));
  return Handled && !mayThrow(P, B.Instrs.back());
}

/// An exception leaves \p I of block \p B: into the handlers around it, or out
/// of the function.
void Runner::raise(State &&S, uint32_t B, const Instr &I) {
  const Block *From = B < F.Blocks.size() ? &F.Blocks[B] : nullptr;
  // A call inside of a function with handlers ends its block, and the second
  // way out of it is that of its exceptions, if there is a handler around it.
  const bool Handlers =
      any_of(F.Blocks, [](const Block &X) { return X.Handler; });
  if (Handlers && !F.HasSetjmp && I.Opcode == Op::Call && From &&
      !From->Instrs.empty() && &I == &From->Instrs.back()) {
    const Terminator &T = From->Term;
    if (T.Kind == Terminator::Any && T.Succs.size() == 2 && T.Succs[1] != None)
      arrive(T.Succs[1], std::move(S));
    else
      finish(std::move(S), {}, /*Throws=*/true, false);
    return;
  }
  for (uint32_t To = 0; To < F.Blocks.size(); ++To)
    if (F.Blocks[To].Handler && G.Position[To] != None)
      arrive(To, State(S));
  if (!Handlers)
    finish(std::move(S), {}, /*Throws=*/true, false);
}

void Runner::arrive(uint32_t To, State &&S) {
  if (Cuts.count({To, 0})) {
    finish(std::move(S), {}, false, /*Cut=*/true);
    return;
  }
  prune(S, To);
  auto &L = Slots[To];
  if (L.size() >= E.Lim.StatesSoft && Level[To] == 0)
    coarsenBlock(To, 1);
  if (L.size() >= E.Lim.StatesHard && Level[To] == 1)
    coarsenBlock(To, 2);
  Key K = keyOf(S, Level[To]);
  auto It = llvm::find_if(L, [&](const Slot &X) { return X.K == K; });
  if (It != L.end()) {
    if (Level[To])
      noteCoarse(It->S, S);
    if (!join(It->S, S, To, Level[To]))
      return;
    It->Pending = true;
  } else {
    if (L.size() >= E.Lim.StatesHard) {
      cap("too many states at one place");
      return;
    }
    L.push_back({K, std::move(S), true});
  }
  if (G.Position[To] != None)
    Work.insert({G.Position[To], To});
}

void Runner::finish(State &&S, Val Ret, bool Throws, bool Cut) {
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
    S.clobber({Y.Locs[C.L].A, Y.Locs[C.L].B});
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
  PathKeys.push_back(K);
  Out->Paths.push_back(std::move(Q));
}

} // namespace retsan::solve
