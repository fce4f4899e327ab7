//===- Screen.cpp - which subjects are worth a closure --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Screen.h"
#include "analyzer/solve/Conditions.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

static const PathElem *lastField(ArrayRef<PathElem> Path) {
  for (const PathElem &E : reverse(Path))
    if (E.Kind == PathElem::Field)
      return &E;
  return nullptr;
}

bool isPlaceOf(const Tracked &T, const Place &Pl) {
  if (T.Global != None && T.Path.empty())
    return Pl.Base == Place::Global && Pl.BaseIndex == T.Global &&
           Pl.Path.empty();
  const PathElem *Last = lastField(Pl.Path), *Mine = lastField(T.Path);
  return Last && Mine && Last->Record == Mine->Record &&
         Last->Index == Mine->Index;
}

bool Screen::mayDangle(const Subject &S, LeftFreed &Left) const {
  uint32_t Slot = C.slotOf(S.T);
  if (S.InUnion || Slot == None)
    return false;
  BitVector Leavers(P.Functions.size());
  SmallVector<std::pair<uint32_t, unsigned>, 16> Work;
  auto Visit = [&](uint32_t Fn, unsigned Depth) {
    if (Leavers[Fn] || !Left.mayLeave(Fn, Leavers))
      return;
    Leavers.set(Fn);
    Work.push_back({Fn, Depth});
  };
  for (uint32_t Fn : C.touchersOf(Slot))
    Visit(Fn, 0);
  for (const auto &[Keeper, Args] : Left.keepers())
    for (const CallSite &Site : P.SitesOf[Keeper])
      if (!C.touches(Site.Function, Slot, /*Direct=*/true))
        Visit(Site.Function, 0);
  // A constant goes into another scalar of the record: a phase may end there.
  auto WritesPhase = [&](uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    return !P.isPrivate(Fn) && any_of(F.Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        if (I.Opcode != Op::Store || I.A.Kind != Operand::Int)
          return false;
        const Place &Pl = F.Places[I.P];
        const PathElem *E = lastField(Pl.Path);
        return S.T.Global != None ? Pl.Base == Place::Global
                                  : E && (E->Record == S.T.Record ||
                                          E->Record == S.T.Path.back().Record);
      });
    });
  };
  // Do the callers see it? As Closure::manifest asks, without paths.
  while (!Work.empty()) {
    auto [Fn, Depth] = Work.pop_back_val();
    const Callee &Ce = P.Callees[P.Functions[Fn].Callee];
    if (P.ExitHook[Fn] || P.CalledElsewhere[Fn])
      continue;
    if (C.isLoopFunction(Fn) || Ce.AddressTaken || Ce.VirtualMethod ||
        (P.SitesOf[Fn].empty() && Fn != P.Main) || Depth > 4 ||
        (P.Main == None && Ce.Link == Linkage::External &&
         !Ce.DeclaredInHeader && WritesPhase(Fn)) ||
        (!ClosedProgram && Ce.Link == Linkage::External && Ce.DeclaredInHeader))
      return true;
    for (const CallSite &Site : P.SitesOf[Fn])
      if (Site.Function != Fn)
        Visit(Site.Function, Depth + 1);
  }
  return false;
}

BitVector Screen::leavers(const Subject &S, LeftFreed &Left) const {
  BitVector Leavers(P.Functions.size());
  uint32_t Slot = C.slotOf(S.T);
  if (Slot == None)
    return Leavers;
  SmallVector<uint32_t, 16> Work;
  auto Visit = [&](uint32_t Fn) {
    if (Leavers[Fn] || !Left.mayLeave(Fn, Leavers))
      return;
    Leavers.set(Fn);
    Work.push_back(Fn);
  };
  for (uint32_t Fn : C.touchersOf(Slot))
    Visit(Fn);
  for (const auto &[Keeper, Args] : Left.keepers())
    for (const CallSite &Site : P.SitesOf[Keeper])
      Visit(Site.Function);
  while (!Work.empty())
    for (const CallSite &Site : P.SitesOf[Work.pop_back_val()])
      Visit(Site.Function);
  return Leavers;
}

bool Screen::mayBeStale(const Subject &S, const Focus &F,
                        ArrayRef<Guard> Guards) const {
  uint32_t Slot = C.slotOf(S.T);
  if (S.InUnion || Slot == None || !(S.Own.owned() || S.Own.Released))
    return false;
  // Without a phase there must be a path that clears it, for others to forget.
  if (Guards.empty() && none_of(C.touchersOf(Slot), [&](uint32_t Fn) {
        const Function &F = P.Functions[Fn];
        return any_of(F.Blocks, [&](const Block &B) {
          return any_of(B.Instrs, [&](const Instr &I) {
            return I.Opcode == Op::Store && !I.Init &&
                   isPlaceOf(S.T, F.Places[I.P]) &&
                   (I.A.Kind == Operand::Null ||
                    (I.A.Kind == Operand::Int && I.A.Value == 0));
          });
        });
      }))
    return false;
  return !alwaysLive(S, F, Guards);
}

bool Screen::mayStall(const Subject &S) const {
  if (S.InUnion || !S.Own.owned())
    return false;
  if (S.T.Global != None)
    return !O.sourcesOfGlobal(S.T.Global).empty();
  const PathElem *E = lastField(S.T.Path);
  if (!E)
    return false;
  const Type &T = P.Types[S.T.Type];
  // Links between objects of one type are not phases.
  if (P.Types[T.Elem].Kind == TypeKind::Record &&
      P.Types[T.Elem].Record == S.T.Record)
    return false;
  return any_of(O.sourcesOf({E->Record, E->Index}),
                [&](FieldRef From) { return From.first == E->Record; });
}

bool Screen::loadsUsed(const Subject &S) const {
  uint32_t Slot = C.slotOf(S.T);
  if (Slot == None)
    return false;
  for (uint32_t Fn : C.touchersOf(Slot)) {
    const Function &F = P.Functions[Fn];
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        // Element accesses and whole-record copies count.
        for (uint32_t Pl : {I.P, I.P2}) {
          if (Pl == None || !isPlaceOf(S.T, F.Places[Pl]))
            continue;
          if (I.Opcode == Op::Addr || I.Opcode == Op::CopyRec)
            return true;
          if (I.Opcode == Op::Load && isUsed(F, I.Dst))
            return true;
        }
      }
  }
  return false;
}

/// Whether the register is dereferenced, kept, returned or handed to something
/// that is no deallocator.
bool Screen::isUsed(const Function &F, uint32_t Reg) const {
  auto Is = [&](const Operand &O) {
    return O.Kind == Operand::Reg && uint32_t(O.Value) == Reg;
  };
  for (const Block &B : F.Blocks) {
    if (B.Term.Kind == Terminator::Return && Is(B.Term.Cond))
      return true;
    for (const Instr &U : B.Instrs) {
      for (uint32_t Pl : {U.P, U.P2})
        if (Pl != None && F.Places[Pl].Base == Place::Deref &&
            Is(F.Places[Pl].Ptr))
          return true;
      if ((U.Opcode == Op::Store || U.Opcode == Op::Move ||
           U.Opcode == Op::Use || U.Opcode == Op::Bin) &&
          (Is(U.A) || Is(U.B)))
        return true;
      if (U.Opcode != Op::Call)
        continue;
      if (Is(U.A))
        return true;
      ArgFates::Freed Fr = Args.freedBy(U, nullptr);
      for (unsigned A = 0; A < U.Args.size(); ++A)
        if (Is(U.Args[A]) && !(A < 64 && (Fr.Direct >> A & 1)))
          return true;
    }
  }
  return false;
}

bool Screen::testsGuard(uint32_t Fn, uint32_t Use, const Focus &F,
                        ArrayRef<Guard> Guards) const {
  bool Found = false;
  forEachDecision(C, Fn, Use, [&](const Operand &Cond) {
    forEachTested(
        C, Fn, Cond,
        [&](const TestedPlace &T) {
          Found |= any_of(Guards, [&](const Guard &G) {
            return isPlaceOf(F.Items[G.Item], *T.Where);
          });
          return true;
        },
        [&](uint32_t Callee) {
          Found |= any_of(Guards, [&](const Guard &G) {
            uint32_t Slot = C.slotOf(F.Items[G.Item]);
            return Slot != None && C.touches(Callee, Slot, /*Direct=*/false);
          });
        });
  });
  return Found;
}

bool Screen::alwaysLive(const Subject &S, const Focus &Fo,
                        ArrayRef<Guard> Guards) const {
  uint32_t Slot = C.slotOf(S.T);
  if (Slot == None)
    return false;
  for (uint32_t Fn : C.touchersOf(Slot)) {
    const Function &F = P.Functions[Fn];
    if (!C.callable(Fn) || F.Dtor || F.Ctor || F.Implicit || Fn == P.Main)
      continue;
    const FlowGraph &G = C.graph(Fn);
    // Registers with the value that the subject had at entry.
    BitVector Regs, Locals(F.Locals.size()), Spoiled(F.Locals.size());
    auto Has = [&](const Operand &O) {
      return O.Kind == Operand::Reg && uint64_t(O.Value) < Regs.size() &&
             Regs[O.Value];
    };
    SmallVector<uint32_t, 4> StoreBlocks;
    bool Frees = false;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Dst != None && I.Dst >= Regs.size())
          Regs.resize(I.Dst + 1);
        if (I.Opcode == Op::Store && isPlaceOf(S.T, F.Places[I.P]))
          StoreBlocks.push_back(&B - F.Blocks.data());
      }
    for (uint32_t B : G.Order) {
      bool Stored = any_of(StoreBlocks, [&](uint32_t St) {
        return St != B && G.dominates(St, B);
      });
      for (const Instr &I : F.Blocks[B].Instrs) {
        if (I.Opcode == Op::Store && isPlaceOf(S.T, F.Places[I.P]))
          Stored = true;
        if (I.Opcode == Op::Load && !Stored && isPlaceOf(S.T, F.Places[I.P]))
          Regs.set(I.Dst);
      }
    }
    if (Regs.none())
      continue;
    // And through locals that hold nothing else.
    for (unsigned Round = 0; Round < 3; ++Round) {
      Locals.reset();
      Spoiled.reset();
      for (uint32_t L = 0; L < F.NumParams; ++L)
        Spoiled.set(L);
      Spoiled |= G.AddressTaken;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Store && F.Places[I.P].Base == Place::Local &&
              F.Places[I.P].Path.empty())
            (Has(I.A) ? Locals : Spoiled).set(F.Places[I.P].BaseIndex);
      Locals.reset(Spoiled);
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Load && F.Places[I.P].Base == Place::Local &&
              F.Places[I.P].Path.empty() && Locals[F.Places[I.P].BaseIndex])
            Regs.set(I.Dst);
    }
    SmallVector<uint32_t, 8> Uses;
    for (uint32_t B : G.Order) {
      bool Used = F.Blocks[B].Term.Kind == Terminator::Return &&
                  Has(F.Blocks[B].Term.Cond);
      for (const Instr &I : F.Blocks[B].Instrs) {
        for (uint32_t Pl : {I.P, I.P2})
          Used |= Pl != None && I.Opcode != Op::Addr &&
                  F.Places[Pl].Base == Place::Deref && Has(F.Places[Pl].Ptr);
        Used |= I.Opcode == Op::Use && Has(I.A);
        Used |= I.Opcode == Op::Store && Has(I.A) &&
                F.Places[I.P].Base != Place::Local;
        Frees |= I.Opcode == Op::Free && Has(I.A);
        if (I.Opcode != Op::Call)
          continue;
        ArgFates::Freed Fr = Args.freedBy(I, nullptr);
        for (unsigned A = 0; A < I.Args.size(); ++A)
          if (Has(I.Args[A])) {
            Frees |= A < 64 && (Fr.Direct >> A & 1);
            Used |= Args.usedForSure(I, A);
          }
      }
      if (Used)
        Uses.push_back(B);
    }
    if (!Frees && any_of(Uses, [&](uint32_t B) {
          return !testsGuard(Fn, B, Fo, Guards);
        }))
      return true;
  }
  return false;
}

} // namespace retsan::solve
