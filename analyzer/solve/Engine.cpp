//===- Engine.cpp - summaries, focus, states ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Engine.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Runner.h"

#include "analyzer/solve/Startup.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

Cell &State::setCell(LocId L, Val V, Where At, bool Aggregate) {
  auto It = lowerBound(Heap, L, [](const Cell &C) { return C.L; });
  if (It == Heap.end() || It->L != L)
    It = Heap.insert(It, Cell{L, {}, false, {}});
  It->V = V;
  It->At = At;
  It->Aggregate = Aggregate;
  MayAggregate |= Aggregate;
  return *It;
}

Con &State::conRef(SymId S, const Con &Default) {
  auto It = lowerBound(Cons, S, [](const Known &K) { return K.S; });
  if (It == Cons.end() || It->S != S)
    It = Cons.insert(It, Known{S, Default});
  return It->C;
}

Effect &State::effectRef(SymId S) {
  auto It = lowerBound(Effects, S, [](const Effect &E) { return E.S; });
  if (It == Effects.end() || It->S != S) {
    Effect E;
    E.S = S;
    It = Effects.insert(It, E);
  }
  return *It;
}

void State::setReg(uint32_t R, Val V) {
  auto It = lowerBound(Regs, R, [](const InReg &X) { return X.Reg; });
  if (It == Regs.end() || It->Reg != R)
    It = Regs.insert(It, {R, Val{}});
  It->V = V;
}

//===----------------------------------------------------------------------===//
// Context
//===----------------------------------------------------------------------===//

Context::Context(const Program &P) : P(P) {
  size_t N = P.Functions.size();
  Graphs.reserve(N);
  for (const Function &F : P.Functions)
    Graphs.push_back(std::make_unique<FlowGraph>(F));

  uint32_t Next = 0;
  GlobalSlots.assign(P.Globals.size(), None);
  auto FieldSlot = [&](uint32_t R, uint32_t I) {
    auto [It, New] = FieldSlots.try_emplace(FieldRef{R, I}, Next);
    if (New) {
      RecordSlots[R].push_back(Next);
      ++Next;
    }
    return It->second;
  };
  // Every field and scalar global that some place names.
  for (const Function &F : P.Functions)
    for (const Place &Pl : F.Places) {
      for (const PathElem &E : Pl.Path)
        if (E.Kind == PathElem::Field)
          FieldSlot(E.Record, E.Index);
      if (Pl.Base == Place::Global && GlobalSlots[Pl.BaseIndex] == None)
        GlobalSlots[Pl.BaseIndex] = Next++;
    }
  DirectTouch.assign(N, BitVector(Next));
  DirectWrite.assign(N, BitVector(Next));
  Calls.resize(N);
  Followed.resize(N);
  for (const Function &F : P.Functions) {
    Sizes.push_back(0);
    for (const Block &B : F.Blocks)
      Sizes.back() += B.Instrs.size();
  }
  for (uint32_t Fn = 0; Fn < N; ++Fn) {
    const Function &F = P.Functions[Fn];
    BitVector &T = DirectTouch[Fn];
    for (const Place &Pl : F.Places) {
      for (const PathElem &E : Pl.Path)
        if (E.Kind == PathElem::Field)
          T.set(FieldSlots[{E.Record, E.Index}]);
      if (Pl.Base == Place::Global)
        T.set(GlobalSlots[Pl.BaseIndex]);
    }
    DenseMap<uint32_t, const Place *> From;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Load)
          From[I.Dst] = &F.Places[I.P];
        if (I.P != None && I.Opcode != Op::Load) {
          const Place &Pl = F.Places[I.P];
          for (const PathElem &E : Pl.Path)
            if (E.Kind == PathElem::Field)
              DirectWrite[Fn].set(FieldSlots[{E.Record, E.Index}]);
          if (Pl.Base == Place::Global)
            DirectWrite[Fn].set(GlobalSlots[Pl.BaseIndex]);
        }
        // Whole-record operations touch all fields of the record.
        if (I.Opcode == Op::CopyRec || I.Opcode == Op::Zero ||
            I.Opcode == Op::Havoc)
          for (uint32_t Pl : {I.P, I.P2}) {
            if (Pl == None)
              continue;
            const Type &Ty = P.Types[F.Places[Pl].Type];
            if (Ty.Kind == TypeKind::Record && Ty.Record != None)
              for (uint32_t S : RecordSlots[Ty.Record]) {
                T.set(S);
                DirectWrite[Fn].set(S);
              }
          }
        if (I.Opcode != Op::Call)
          continue;
        bool Complete;
        const Place *Pl = I.Callee == None && I.A.Kind == Operand::Reg
                              ? From.lookup(I.A.Value)
                              : nullptr;
        auto Targets = P.targets(I, Pl, Complete);
        for (uint32_t Target : Targets) {
          if (!is_contained(Calls[Fn], Target))
            Calls[Fn].push_back(Target);
          if (Targets.size() <= Limits().Targets &&
              !is_contained(Followed[Fn], Target))
            Followed[Fn].push_back(Target);
        }
      }
  }
  Touchers.resize(Next);
  for (uint32_t Fn = 0; Fn < N; ++Fn)
    for (uint32_t Slot : DirectTouch[Fn].set_bits())
      Touchers[Slot].push_back(Fn);
  Touch = DirectTouch;
  Write = DirectWrite;
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (uint32_t Fn = N; Fn-- > 0;)
      for (uint32_t Callee : Calls[Fn])
        if (Touch[Callee].test(Touch[Fn])) {
          Touch[Fn] |= Touch[Callee];
          Write[Fn] |= Write[Callee];
          Changed = true;
        } else if (Write[Callee].test(Write[Fn])) {
          Write[Fn] |= Write[Callee];
          Changed = true;
        }
  }
  Startup = findStartup(*this, StartupEnd);
  findMakers();
  findHolders();
}

void Context::findMakers() {
  Makers.resize(P.Records.size());
  Allocates.resize(P.Functions.size());
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    bool Makes = false; // Also by a callee that is seen.
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        bool Gets = I.Opcode == Op::Call && I.Callee != None && I.Dst != None &&
                    P.Types[I.Type].Kind == TypeKind::Pointer;
        Makes |= I.Opcode == Op::New || Gets;
        if (I.Opcode == Op::New || (Gets && P.BodyOf[I.Callee] == None))
          Allocates.set(Fn);
      }
    if (!Makes || !callable(Fn))
      continue;
    auto Note = [&](TypeId T) {
      const Type &X = P.Types[T];
      if (X.Kind != TypeKind::Pointer ||
          P.Types[X.Elem].Kind != TypeKind::Record ||
          P.Types[X.Elem].Record == None)
        return;
      auto &Fns = Makers[P.Types[X.Elem].Record];
      if (Fns.empty() || Fns.back() != Fn)
        Fns.push_back(Fn);
    };
    Note(F.ReturnType);
    for (uint32_t L = F.NumParams; L < F.Locals.size(); ++L)
      Note(F.Locals[L].Type);
  }
}

void Context::findHolders() {
  FirstGlobal.assign(P.Records.size(), None);
  OnStack.resize(P.Records.size());
  auto ForEach = [&](TypeId T, auto &Note, auto &Self, unsigned Depth) -> void {
    const Type &X = P.Types[T];
    if (Depth > 4)
      return;
    if (X.Kind == TypeKind::Array)
      return Self(X.Elem, Note, Self, Depth + 1);
    if (X.Kind != TypeKind::Record || X.Record == None)
      return;
    Note(X.Record);
    for (const Field &Fd : P.Records[X.Record].Fields)
      Self(Fd.Type, Note, Self, Depth + 1);
  };
  for (uint32_t G = 0; G < P.Globals.size(); ++G) {
    auto First = [&](uint32_t R) {
      FirstGlobal[R] = std::min(FirstGlobal[R], G);
    };
    if (P.Globals[G].Defined)
      ForEach(P.Globals[G].Type, First, ForEach, 0);
  }
  BitVector Seen(P.Types.size());
  auto Stack = [&](uint32_t R) { OnStack.set(R); };
  for (const Function &F : P.Functions)
    for (const Local &L : F.Locals)
      if (!Seen[L.Type]) {
        Seen.set(L.Type);
        ForEach(L.Type, Stack, ForEach, 0);
      }
  // What is a part of objects that lie elsewhere is not on stacks only: a local
  // of its type may be a copy.
  BitVector Elsewhere(P.Records.size());
  auto Part = [&](uint32_t R) { Elsewhere.set(R); };
  for (uint32_t R = 0; R < P.Records.size(); ++R)
    if (!OnStack[R] && !P.Records[R].System)
      for (const Field &Fd : P.Records[R].Fields)
        ForEach(Fd.Type, Part, ForEach, 0);
  OnStack.reset(Elsewhere);
}

uint32_t Context::slotOf(const Tracked &T) const {
  if (T.Global != None && T.Path.empty())
    return GlobalSlots[T.Global];
  for (const PathElem &E : reverse(T.Path))
    if (E.Kind == PathElem::Field) {
      auto It = FieldSlots.find({E.Record, E.Index});
      return It == FieldSlots.end() ? None : It->second;
    }
  return None;
}

bool Context::callable(uint32_t Fn) const {
  const Function &F = P.Functions[Fn];
  const Callee &C = P.Callees[F.Callee];
  if (P.CalledElsewhere[Fn])
    return false;
  if (F.Lambda || P.ThreadEntry[Fn] || P.SitesOf[Fn].empty())
    return true;
  // A hook that only a driver calls is a part of the driver.
  if (C.AddressTaken)
    return !P.TableOnly[F.Callee];
  return (C.VirtualMethod || C.Link != Linkage::Internal) && !P.isPrivate(Fn);
}

bool Context::isLoopFunction(uint32_t Fn) const {
  return P.ThreadEntry[Fn] || Fn == P.Main;
}

//===----------------------------------------------------------------------===//
// Engine
//===----------------------------------------------------------------------===//

Engine::Engine(const Context &C, Focus Fo, const std::vector<UserFree> &Frees,
               Engine *Base, Limits L)
    : C(C), F(std::move(Fo)), Frees(Frees), Base(Base), Lim(L) {
  Memo.resize(C.P.Functions.size());
  SegmentMemo.resize(C.P.Functions.size());
  InProgress.resize(C.P.Functions.size());
  for (const Tracked &T : F.Items)
    Slots.push_back(C.slotOf(T));
  findNear();
}

/// Functions are composed with the focus up to a few calls away from those that
/// access it. What is farther is known by name only: it may do anything.
void Engine::findNear() {
  Near.resize(C.P.Functions.size());
  Far.resize(C.P.Functions.size());
  SmallVector<uint32_t, 32> Work;
  for (size_t I = 0; I < Slots.size(); ++I) {
    if (Slots[I] == None)
      continue;
    for (uint32_t Fn = 0; Fn < C.P.Functions.size(); ++Fn)
      if (I == 0 ? C.touches(Fn, Slots[I], /*Direct=*/false)
                 : C.writes(Fn, Slots[I], /*Direct=*/false))
        Far.set(Fn);
    for (uint32_t Fn : C.touchersOf(Slots[I])) {
      // Of the guards only writes matter, and small functions that tell their
      // value.
      if (I != 0 && !C.writes(Fn, Slots[I], /*Direct=*/true) &&
          C.P.Functions[Fn].Blocks.size() > 12)
        continue;
      if (!Near[Fn])
        Work.push_back(Fn);
      Near.set(Fn);
    }
  }
  for (unsigned Hop = 0; Hop < Lim.Hops && !Work.empty(); ++Hop) {
    SmallVector<uint32_t, 32> Next;
    for (uint32_t Fn : Work)
      for (const CallSite &Site : C.P.SitesOf[Fn])
        if (!Near[Site.Function]) {
          Near.set(Site.Function);
          Next.push_back(Site.Function);
        }
    Work = std::move(Next);
  }
  Far.reset(Near);
}

const Summary *Engine::summary(uint32_t Fn) {
  if (Base && !relevant(Fn)) {
    Strayed |= Watched && !Watched->Ask[Fn];
    if (Recorded)
      Recorded->Ask.set(Fn);
    return Base->summary(Fn);
  }
  return ownSummary(Fn);
}

void Engine::begin(uint32_t Fn) {
  constexpr uint64_t Look = 10000;
  // A few functions that were cut short say little of the others.
  uint64_t Margin = Doubted ? 1 : ++NumBegun < 32 ? 3 : 2;
  uint64_t Known = Doubted ? DoneSize : BegunSize;
  InProgress[Fn] = 1;
  if (Ahead && Steps >= NextLook && !exhausted()) {
    NextLook = Steps + Look;
    if (Ahead > Known && Known && Steps * Ahead / Known > Margin * Lim.Budget)
      Steps = Lim.Budget + 1;
  }
  BegunSize += C.size(Fn);
}

const Summary *Engine::ownSummary(uint32_t Fn) {
  if (Memo[Fn])
    return Memo[Fn].get();
  if (InProgress[Fn] || exhausted() || Nesting > Lim.Depth)
    return nullptr;
  Strayed |= Watched && !Watched->Run[Fn];
  if (Recorded)
    Recorded->Run.set(Fn);
  begin(Fn);
  ++Nesting;
  auto Sum = std::make_unique<Summary>();
  Runner R(*this, Fn);
  R.run(*Sum);
  if (Sum->Capped)
    Capped.insert(Fn);
  if (Sum->Coarse)
    Coarse.insert(Fn);
  --Nesting;
  InProgress[Fn] = 0;
  DoneSize += C.size(Fn);
  Memo[Fn] = std::move(Sum);
  return Memo[Fn].get();
}

const Summary &Engine::segments(uint32_t Fn) {
  if (!SegmentMemo[Fn]) {
    Strayed |= Watched && !Watched->Run[Fn];
    if (Recorded)
      Recorded->Run.set(Fn);
    auto Sum = std::make_unique<Summary>();
    begin(Fn);
    Runner R(*this, Fn);
    R.runSegments(*Sum);
    InProgress[Fn] = 0;
    DoneSize += C.size(Fn);
    if (Sum->Capped)
      Capped.insert(Fn);
    if (Sum->Coarse)
      Coarse.insert(Fn);
    SegmentMemo[Fn] = std::move(Sum);
  }
  return *SegmentMemo[Fn];
}

void Engine::findMatch(LocId L) {
  std::optional<Match> Result;
  for (uint32_t I = 0; I < F.Items.size() && !Result; ++I) {
    const Tracked &T = F.Items[I];
    if (T.Global != None && T.Path.empty()) {
      const Location &Lo = Y.Locs[L];
      if (Lo.Kind == Location::Global && Lo.A == T.Global)
        Result = Match{I, None, false};
      continue;
    }
    LocId At = L;
    bool Maybe = false, Ok = true;
    for (const PathElem &E : reverse(T.Path)) {
      if (At == None) {
        Ok = false;
        break;
      }
      const Location &Lo = Y.Locs[At];
      if (E.Kind == PathElem::Field)
        Ok = Lo.Kind == Location::Field && Lo.A == E.Record && Lo.B == E.Index;
      else if (Lo.Kind == Location::AnyIndex)
        Maybe = true;
      else
        Ok = Lo.Kind == Location::Index && E.Kind == PathElem::ConstIndex &&
             Lo.A == E.Index;
      if (!Ok)
        break;
      At = Lo.Parent;
    }
    if (!Ok || At == None)
      continue;
    if (T.Global != None) {
      if (Y.Locs[At].Kind == Location::Global && Y.Locs[At].A == T.Global)
        Result = Match{I, None, Maybe};
    } else {
      Result = Match{I, At, Maybe};
    }
  }
  if (L >= Matches.size())
    Matches.resize(Y.Locs.size());
  Matches[L] = {true, Result};
}

LocId Engine::locationOf(uint32_t Item, LocId Object) {
  const Tracked &T = F.Items[Item];
  LocId L = T.Global != None ? Y.global(T.Global) : Object;
  for (const PathElem &E : T.Path) {
    if (E.Kind == PathElem::Field)
      L = Y.field(L, E.Record, E.Index);
    else if (E.Kind == PathElem::ConstIndex)
      L = Y.index(L, E.Index);
    else
      L = Y.anyIndex(L);
  }
  return L;
}

Val Engine::peek(const State &S, LocId L) {
  if (const Cell *Ce = S.cell(L))
    return Ce->V;
  if (S.MayAggregate)
    for (LocId At = Y.Locs[L].Parent; At != None; At = Y.Locs[At].Parent)
      if (const Cell *Ce = S.cell(At))
        if (Ce->Aggregate)
          return Ce->V;
  const Location &Root = Y.Locs[Y.rootOf(L)];
  if (Root.Kind == Location::LocalVar ||
      (Root.Kind == Location::Pointee && Y.Syms[Root.A].Kind == Symbol::Fresh))
    return {};
  if (std::optional<Val> V = constant(L))
    return *V;
  return Val::sym(Y.init(L));
}

std::optional<Val> Engine::constant(LocId L) const {
  const Location &Root = Y.Locs[Y.rootOf(L)];
  if (Root.Kind != Location::Global)
    return std::nullopt;
  const Program &P = C.P;
  const facts::Global &G = P.Globals[Root.A];
  if (!G.Const || !G.Defined || G.DynamicInit || Y.hasAnyIndex(L))
    return std::nullopt;
  SmallVector<LocId, 4> Steps;
  for (LocId At = L; At != Y.rootOf(L); At = Y.Locs[At].Parent)
    Steps.push_back(At);
  std::reverse(Steps.begin(), Steps.end());
  for (const GlobalInit &I : G.Inits) {
    // Steps into bases are not in locations.
    SmallVector<const PathElem *, 4> Path;
    for (const PathElem &El : I.Path)
      if (El.Kind != PathElem::Field ||
          El.Index >= P.Records[El.Record].NumBases)
        Path.push_back(&El);
    size_t Common = 0;
    while (Common < Path.size() && Common < Steps.size()) {
      const Location &Lo = Y.Locs[Steps[Common]];
      const PathElem &El = *Path[Common];
      bool Same = El.Kind == PathElem::Field
                      ? Lo.Kind == Location::Field && Lo.A == El.Record &&
                            Lo.B == El.Index
                      : El.Kind == PathElem::ConstIndex &&
                            Lo.Kind == Location::Index && Lo.A == El.Index;
      if (!Same)
        break;
      ++Common;
    }
    if (Common < Steps.size() && Common < Path.size())
      continue;
    if (Common != Steps.size() || Common != Path.size())
      return std::nullopt; // A part of it, or more than it.
    switch (I.Value.Kind) {
    case Operand::Int:
      return Val::integer(I.Value.Value);
    case Operand::Null:
      return Val::integer(0);
    case Operand::Func:
      return Val{Val::Func, false, I.Value.Value};
    case Operand::Str:
      return Val{Val::Str, false, 0};
    default:
      return std::nullopt;
    }
  }
  // What is not listed is zero, if it is a scalar at all.
  const Location &Leaf = Y.Locs[L];
  TypeId T = Leaf.Kind == Location::Field
                 ? P.Records[Leaf.A].Fields[Leaf.B].Type
                 : (Leaf.Kind == Location::Global ? G.Type : TypeId(0));
  switch (P.Types[T].Kind) {
  case TypeKind::Bool:
  case TypeKind::Int:
  case TypeKind::Enum:
  case TypeKind::Pointer:
  case TypeKind::Function:
    return Val::integer(0);
  default:
    return std::nullopt;
  }
}

Con Engine::conOf(const State &S, const Val &V) {
  switch (V.Kind) {
  case Val::Int:
    return Con::exactly(V.N);
  case Val::Addr:
  case Val::Func:
  case Val::Str: {
    Con R;
    R.refine(CmpOp::NE, 0);
    return R;
  }
  case Val::Sym: {
    if (const Con *K = S.con(V.N))
      return *K;
    const Symbol &Sy = Y.Syms[V.N];
    Con R = Sy.Default;
    if (Sy.NotNull)
      R.refine(CmpOp::NE, 0);
    return R;
  }
  case Val::Cond: {
    Con R;
    R.Lo = 0, R.Hi = 1;
    return R;
  }
  default:
    return {};
  }
}

bool Engine::isFreeWrapper(uint32_t Fn) {
  const Summary *S = summary(Fn);
  if (!S || S->Paths.empty() || !C.P.Functions[Fn].NumParams)
    return false;
  SymId P0 = Y.param(0);
  bool Any = false;
  for (const Path &P : S->Paths) {
    if (P.S.has(P0, Effect::Freed))
      Any = true;
    else if (conOf(P.S, Val::sym(P0)).excludesZero() || !P.S.con(P0))
      return false;
  }
  return Any;
}

} // namespace retsan::solve
