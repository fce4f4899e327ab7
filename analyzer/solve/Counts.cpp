//===- Counts.cpp - reference counts that the program keeps itself --------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Counts.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <optional>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// One function's registers and locals, as far as counting goes.
class CountFinder {
public:
  CountFinder(const Program &P, const Function &F) : P(P), F(F) {
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Dst != None)
          Defs[I.Dst] = &I;
  }

  /// The parameter that \p O holds.
  std::optional<uint32_t> param(const Operand &O) const {
    const Instr *D = def(O);
    if (!D || D->Opcode != Op::Load)
      return std::nullopt;
    const Place &Pl = F.Places[D->P];
    if (Pl.Base != Place::Local || !Pl.Path.empty() ||
        Pl.BaseIndex >= F.NumParams)
      return std::nullopt;
    return Pl.BaseIndex;
  }

  /// The parameter whose target's counter goes down in this function, and the
  /// counter. \p Adds says what functions do to integers that they are given
  /// the address of.
  std::optional<std::pair<uint32_t, FieldRef>>
  counter(ArrayRef<Program::CountKind> Adds) const {
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        const Place *Pl = nullptr;
        uint32_t Result = None;
        if (I.Opcode == Op::Store && isBy(I, -1)) {
          Pl = &F.Places[I.P];
        } else if (I.Opcode == Op::Call && I.Callee != None &&
                   P.BodyOf[I.Callee] != None &&
                   countBy(Adds[P.BodyOf[I.Callee]], I) == -1) {
          const Instr *A = def(I.Args[0]);
          if (A && A->Opcode == Op::Addr)
            Pl = &F.Places[A->P];
          Result = I.Dst;
        }
        if (!Pl || Pl->Base != Place::Deref || Pl->Path.empty() ||
            Pl->Path.back().Kind != PathElem::Field)
          continue;
        std::optional<uint32_t> Param = param(Pl->Ptr);
        FieldRef Field{Pl->Path.back().Record, Pl->Path.back().Index};
        if (Param && asked(Field, Result))
          return std::make_pair(*Param, Field);
      }
    return std::nullopt;
  }

  /// How the function moves the integer that its first parameter points to, or
  /// points into.
  Program::CountKind kind() const {
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Store || F.Places[I.P].Base != Place::Deref ||
            param(F.Places[I.P].Ptr) != 0u)
          continue;
        if (isBy(I, 1))
          return Program::CountKind::Up;
        if (isBy(I, -1))
          return Program::CountKind::Down;
        // `add(&n, by)`.
        const Instr *D = def(I.A);
        if (D && D->Opcode == Op::Bin && param(D->B) == 1u &&
            P.Types[F.Places[I.P].Type].Kind == TypeKind::Int) {
          if (D->Bop == BinOp::Add)
            return Program::CountKind::AddsArg;
          if (D->Bop == BinOp::Sub)
            return Program::CountKind::SubtractsArg;
        }
      }
    return Program::CountKind::No;
  }

  /// Whether \p I stores what was there plus \p By.
  bool isBy(const Instr &I, int64_t By) const {
    const Place &Pl = F.Places[I.P];
    if ((!Pl.Path.empty() && Pl.Path.back().Kind != PathElem::Field) ||
        P.Types[Pl.Type].Kind != TypeKind::Int)
      return false;
    const Instr *D = def(I.A);
    if (!D || D->Opcode != Op::Bin ||
        (D->Bop != BinOp::Add && D->Bop != BinOp::Sub) ||
        D->B.Kind != Operand::Int)
      return false;
    if ((D->Bop == BinOp::Add ? D->B.Value : -D->B.Value) != By)
      return false;
    const Instr *L = def(D->A);
    if (!L || L->Opcode != Op::Load)
      return false;
    const Place &From = F.Places[L->P];
    if (From.Base != Pl.Base || From.Path.size() != Pl.Path.size())
      return false;
    return From.Path.empty()
               ? param(From.Ptr) && param(From.Ptr) == param(Pl.Ptr)
               : From.Path.back().Record == Pl.Path.back().Record &&
                     From.Path.back().Index == Pl.Path.back().Index;
  }

  /// Whether \p I calls a hook that is there to free what it is given.
  bool callsFreeHook(const Instr &I) const {
    const Instr *D = I.Callee == None ? def(I.A) : nullptr;
    if (!D || D->Opcode != Op::Load)
      return false;
    const Place &Pl = F.Places[D->P];
    if (Pl.Path.empty() || Pl.Path.back().Kind != PathElem::Field)
      return false;
    const PathElem &E = Pl.Path.back();
    const StringRef Name = P.str(P.Records[E.Record].Fields[E.Index].Name);
    return any_of(
        ArrayRef<StringRef>{"free", "dealloc", "destroy", "delete"},
        [&](StringRef Word) { return Name.contains_insensitive(Word); });
  }

private:
  const Instr *def(const Operand &O) const {
    return O.Kind == Operand::Reg ? Defs.lookup(uint32_t(O.Value)) : nullptr;
  }

  /// Whether some branch depends on the counter.
  bool asked(FieldRef Field, uint32_t Result) const {
    DenseSet<uint32_t> Regs, Locals;
    if (Result != None)
      Regs.insert(Result);
    auto In = [&](const Operand &O) {
      return O.Kind == Operand::Reg && Regs.count(uint32_t(O.Value));
    };
    for (bool Changed = true; Changed;) {
      Changed = false;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          bool Derived = false;
          if (I.Opcode == Op::Load) {
            const Place &Pl = F.Places[I.P];
            Derived = Pl.Path.empty() ? Pl.Base == Place::Local &&
                                            Locals.count(Pl.BaseIndex)
                                      : FieldRef{Pl.Path.back().Record,
                                                 Pl.Path.back().Index} == Field;
          } else if (I.Opcode == Op::Store) {
            const Place &Pl = F.Places[I.P];
            if (Pl.Base == Place::Local && Pl.Path.empty() && In(I.A))
              Changed |= Locals.insert(Pl.BaseIndex).second;
          } else {
            Derived = In(I.A) || In(I.B);
          }
          if (Derived && I.Dst != None)
            Changed |= Regs.insert(I.Dst).second;
        }
    }
    return any_of(F.Blocks, [&](const Block &B) { return In(B.Term.Cond); });
  }

  const Program &P;
  const Function &F;
  DenseMap<uint32_t, const Instr *> Defs;
};

} // namespace

int countBy(Program::CountKind Kind, const Instr &I) {
  using CountKind = Program::CountKind;
  bool One = I.Args.size() > 1 && I.Args[1].Kind == Operand::Int;
  switch (Kind) {
  case CountKind::Up:
    return 1;
  case CountKind::Down:
    return -1;
  case CountKind::AddsArg:
    return One ? int(std::clamp<int64_t>(I.Args[1].Value, -2, 2)) : 0;
  case CountKind::SubtractsArg:
    return One ? -int(std::clamp<int64_t>(I.Args[1].Value, -2, 2)) : 0;
  case CountKind::No:
    break;
  }
  return 0;
}

void findCounts(Program &P) {
  // Which parameters a function ends, itself or through its callees.
  std::vector<uint64_t> Ends(P.Functions.size());
  std::vector<std::unique_ptr<CountFinder>> Of;
  for (const Function &F : P.Functions)
    Of.push_back(std::make_unique<CountFinder>(P, F));
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
      for (const Block &B : P.Functions[Fn].Blocks)
        for (const Instr &I : B.Instrs) {
          auto Note = [&](const Operand &O) {
            std::optional<uint32_t> Param = Of[Fn]->param(O);
            if (!Param || *Param >= 64 || (Ends[Fn] >> *Param & 1))
              return;
            Ends[Fn] |= uint64_t(1) << *Param;
            Changed = true;
          };
          if (I.Opcode == Op::Free)
            Note(I.A);
          if (I.Opcode != Op::Call)
            continue;
          if (I.Callee == None) {
            if (Of[Fn]->callsFreeHook(I))
              for (const Operand &O : I.Args)
                Note(O);
            continue;
          }
          if (uint32_t Body = P.BodyOf[I.Callee]; Body != None) {
            for (unsigned A = 0; A < I.Args.size() && A < 64; ++A)
              if (Ends[Body] >> A & 1)
                Note(I.Args[A]);
          } else if (LibEffect Lib = libraryEffect(
                         P.str(P.Callees[I.Callee].Name), I.Args.size());
                     Lib.Kind == LibKind::Free && Lib.Arg < I.Args.size()) {
            Note(I.Args[Lib.Arg]);
          }
        }
  }
  P.Counts.assign(P.Functions.size(), Program::CountKind::No);
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    if (F.NumParams != 0 && F.NumParams <= 2 && F.Blocks.size() <= 8)
      P.Counts[Fn] = Of[Fn]->kind();
  }
  P.DropsRef.assign(P.Functions.size(), None);
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    if (!Ends[Fn])
      continue;
    auto Counter = Of[Fn]->counter(P.Counts);
    if (!Counter || Counter->first >= 64 || !(Ends[Fn] >> Counter->first & 1))
      continue;
    P.DropsRef[Fn] = Counter->first;
    P.RefCounts.insert(Counter->second);
  }
}

bool takesReference(const Program &P, const Function &F, const Instr &I,
                    const DenseMap<uint32_t, const Instr *> &Defs) {
  const Place &Pl = F.Places[I.P];
  if (Pl.Path.empty() || Pl.Base != Place::Deref ||
      Pl.Path.back().Kind != PathElem::Field ||
      !P.RefCounts.count({Pl.Path.back().Record, Pl.Path.back().Index}) ||
      I.A.Kind != Operand::Reg)
    return false;
  const Instr *D = Defs.lookup(uint32_t(I.A.Value));
  return D && D->Opcode == Op::Bin && D->B.Kind == Operand::Int &&
         ((D->Bop == BinOp::Add && D->B.Value > 0) ||
          (D->Bop == BinOp::Sub && D->B.Value < 0));
}

} // namespace retsan::solve
