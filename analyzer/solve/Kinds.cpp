//===- Kinds.cpp - which hooks an object has ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A maker gives its objects hooks one by one (`f->close = zip_close`), or by a
// constant table (`f->ops = &zip_ops`). A function that is never called by its
// name, and that only makers put into objects of the record, is run for the
// objects of these makers.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Kinds.h"
#include "analyzer/solve/Hooks.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// Locals of \p F that are set to what a call returns: an object that was just
/// made, or looked up.
static BitVector fromCalls(const Function &F) {
  BitVector Results(F.NumRegs), Locals(F.Locals.size());
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs) {
      if (I.Opcode == Op::Call && I.Dst != None)
        Results.set(I.Dst);
      if (I.Opcode == Op::Store && I.A.Kind == Operand::Reg &&
          Results[I.A.Value] && F.Places[I.P].Base == Place::Local &&
          F.Places[I.P].Path.empty())
        Locals.set(F.Places[I.P].BaseIndex);
    }
  return Locals;
}

/// The hooks that \p Fn puts into objects of the record; \p Given is set if it
/// was handed one of these objects.
void Kinds::collect(uint32_t Fn, uint32_t Record, BitVector &Hooks,
                    bool &Given) const {
  const Function &F = P.Functions[Fn];
  // Few functions store into the record at all.
  std::vector<uint32_t> Loaded;
  BitVector Made;
  auto MadeHere = [&](const Place &Pl) {
    if (Pl.Base != Place::Deref || Pl.Ptr.Kind != Operand::Reg)
      return false;
    if (Loaded.empty()) {
      Loaded = loadedLocals(F);
      Made = fromCalls(F);
    }
    return Loaded[Pl.Ptr.Value] != None && Made[Loaded[Pl.Ptr.Value]];
  };
  bool Own = true;
  auto Add = [&](uint32_t Callee) {
    if (P.BodyOf[Callee] != None)
      Hooks.set(P.BodyOf[Callee]);
  };
  DenseMap<uint32_t, uint32_t> Tables; // Register -> constant table.
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs) {
      if (I.Opcode == Op::Addr) {
        const Place &Pl = F.Places[I.P];
        if (Pl.Base == Place::Global)
          Tables[I.Dst] = Pl.BaseIndex;
        continue;
      }
      if (I.Opcode != Op::Store)
        continue;
      const Place &Pl = F.Places[I.P];
      if (none_of(Pl.Path, [&](const PathElem &E) {
            return E.Kind == PathElem::Field && E.Record == Record;
          }))
        continue;
      if (I.A.Kind == Operand::Func || I.A.Kind == Operand::Reg)
        Own = Own && MadeHere(Pl);
      if (I.A.Kind == Operand::Func)
        Add(uint32_t(I.A.Value));
      else if (I.A.Kind == Operand::Reg)
        if (auto It = Tables.find(uint32_t(I.A.Value)); It != Tables.end())
          for (const GlobalInit &In : P.Globals[It->second].Inits)
            if (In.Value.Kind == Operand::Func)
              Add(uint32_t(In.Value.Value));
    }
  Given = !Own;
}

Kinds::Kinds(const Program &P, uint32_t Record, ArrayRef<uint32_t> Makers)
    : P(P), Bound(P.Functions.size()) {
  const size_t N = P.Functions.size();
  BitVector Elsewhere(N);
  auto Own = [&](uint32_t Fn, const BitVector &Hooks) {
    BitVector &Mine = HooksOf[Fn];
    Mine.resize(N);
    Mine |= Hooks;
    Bound |= Hooks;
  };
  // Helpers that are handed the object work for those who call them.
  constexpr unsigned Levels = 3;
  std::vector<std::pair<uint32_t, BitVector>> Work;
  BitVector Makes(N);
  BitVector Hooks(N);
  for (uint32_t Fn = 0; Fn < N; ++Fn) {
    bool Given = false;
    collect(Fn, Record, Hooks, Given);
    if (Hooks.none())
      continue;
    if (!Given || is_contained(Makers, Fn)) {
      Makes.set(Fn);
      Own(Fn, Hooks);
    } else {
      Work.push_back({Fn, Hooks});
    }
    Hooks.reset();
  }
  for (uint32_t Fn : Makers)
    Makes.set(Fn);
  for (unsigned L = 0; L < Levels && !Work.empty(); ++L) {
    std::vector<std::pair<uint32_t, BitVector>> Next;
    for (auto &[Fn, Hooks] : Work) {
      if (P.SitesOf[Fn].empty() ||
          P.Callees[P.Functions[Fn].Callee].AddressTaken)
        Elsewhere |= Hooks;
      for (const CallSite &Site : P.SitesOf[Fn]) {
        if (Makes[Site.Function])
          Own(Site.Function, Hooks);
        else
          Next.push_back({Site.Function, Hooks});
      }
    }
    Work = std::move(Next);
  }
  for (auto &[Fn, Hooks] : Work)
    Elsewhere |= Hooks;
  Bound.reset(Elsewhere);
  // What is called by its name, too, is no hook alone.
  for (const Function &F : P.Functions)
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.BodyOf[I.Callee] != None)
          Bound.reset(P.BodyOf[I.Callee]);
}

BitVector Kinds::strangers(uint32_t Maker) const {
  auto It = HooksOf.find(Maker);
  if (It == HooksOf.end())
    return BitVector(P.Functions.size());
  BitVector Others = Bound;
  Others.reset(It->second);
  return Others;
}

bool Kinds::isHalfDone(uint32_t Maker) const {
  return !HooksOf.count(Maker) && !P.SitesOf[Maker].empty() &&
         all_of(P.SitesOf[Maker], [&](const CallSite &Site) {
           return HooksOf.count(Site.Function);
         });
}

} // namespace retsan::solve
