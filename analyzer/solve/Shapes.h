//===- Shapes.h - access paths of one function ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names for the values of one function, by the way they were read: "L0->.3_1"
// is field 1 of record 3 in what local 0 points to. A local that is set once
// stands for what it was set to, any other one for itself, so that equal names
// are mostly equal values.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_SHAPES_H
#define RETSAN_ANALYZER_SOLVE_SHAPES_H

#include "analyzer/solve/Program.h"

#include <optional>
#include <string>
#include <vector>

namespace retsan::solve {

/// Access paths of one function's registers and places.
class Shape {
public:
  Shape(const Program &P, uint32_t Fn)
      : P(P), F(P.Functions[Fn]), Defs(F.NumRegs), Sets(F.Locals.size()) {
    for (const facts::Block &B : F.Blocks)
      for (const facts::Instr &I : B.Instrs) {
        if (I.Dst != None)
          Defs[I.Dst].push_back(&I);
        if (I.P == None || F.Places[I.P].Base != facts::Place::Local ||
            !F.Places[I.P].Path.empty())
          continue;
        if (I.Opcode == facts::Op::Addr || I.Opcode == facts::Op::Havoc)
          Sets[F.Places[I.P].BaseIndex] += 2;
        // A null store is how a move out of the local shows.
        if (I.Opcode == facts::Op::Store && I.A.Kind != facts::Operand::Null) {
          ++Sets[F.Places[I.P].BaseIndex];
          SetTo[F.Places[I.P].BaseIndex] = &I;
        }
      }
  }

  const facts::Instr *def(const facts::Operand &O) const {
    return O.Kind == facts::Operand::Reg && Defs[O.Value].size() == 1
               ? Defs[O.Value][0]
               : nullptr;
  }

  /// What made the value of \p O, also through locals that are set once.
  const facts::Instr *origin(const facts::Operand &O) const {
    const facts::Instr *D = def(O);
    for (unsigned I = 0; D && I < 12; ++I) {
      if (D->Opcode == facts::Op::Move) {
        D = def(D->A);
        continue;
      }
      if (D->Opcode != facts::Op::Load ||
          F.Places[D->P].Base != facts::Place::Local ||
          !F.Places[D->P].Path.empty() ||
          F.Locals[F.Places[D->P].BaseIndex].Param ||
          Sets[F.Places[D->P].BaseIndex] != 1)
        return D;
      D = def(SetTo.lookup(F.Places[D->P].BaseIndex)->A);
    }
    return D;
  }

  /// Whether \p O is a copied owner, also through locals: the original has its
  /// own.
  bool copied(const facts::Operand &O) const {
    const facts::Instr *D = def(O);
    for (unsigned I = 0; D && I < 8; ++I) {
      if (D->CopiesOwner)
        return true;
      if (D->Opcode == facts::Op::Move) {
        D = def(D->A);
        continue;
      }
      if (D->Opcode != facts::Op::Load ||
          F.Places[D->P].Base != facts::Place::Local ||
          !F.Places[D->P].Path.empty() || Sets[F.Places[D->P].BaseIndex] != 1)
        return false;
      const facts::Instr *Set = SetTo.lookup(F.Places[D->P].BaseIndex);
      D = Set ? def(Set->A) : nullptr;
    }
    return false;
  }

  std::string value(const facts::Operand &O, unsigned Depth = 0) const {
    if (O.Kind == facts::Operand::Null)
      return "null";
    if (O.Kind != facts::Operand::Reg)
      return "?";
    const facts::Instr *D = def(O);
    if (!D || Depth > 12)
      return "r" + std::to_string(O.Value);
    if (D->Opcode == facts::Op::Load)
      return place(F.Places[D->P], Depth + 1);
    if (D->Opcode == facts::Op::Addr)
      return "&" + place(F.Places[D->P], Depth + 1);
    if (D->Opcode == facts::Op::Move)
      return value(D->A, Depth + 1);
    return "r" + std::to_string(O.Value);
  }

  /// What a store writes: a local is itself here and not what it stands for.
  std::string target(const facts::Instr &I) const {
    const facts::Place &Pl = F.Places[I.P];
    if (Pl.Base == facts::Place::Local && Pl.Path.empty())
      return "L" + std::to_string(Pl.BaseIndex);
    return place(Pl);
  }

  std::string place(const facts::Place &Pl, unsigned Depth = 0) const {
    std::string S;
    if (Pl.Base == facts::Place::Local) {
      S = "L" + std::to_string(Pl.BaseIndex);
      if (!F.Locals[Pl.BaseIndex].Param && Sets[Pl.BaseIndex] == 1 &&
          Pl.Path.empty() && Depth < 12 && !followsAnother(Pl.BaseIndex))
        S = value(SetTo.lookup(Pl.BaseIndex)->A, Depth + 1);
    } else if (Pl.Base == facts::Place::Global) {
      S = "G" + std::to_string(Pl.BaseIndex);
    } else {
      S = value(Pl.Ptr, Depth + 1);
      S = S[0] == '&' ? S.substr(1) : S + "->";
    }
    for (const facts::PathElem &E : Pl.Path)
      if (E.Kind != facts::PathElem::Field)
        S += "[]";
      else
        S += "." + std::to_string(E.Record) + "_" + std::to_string(E.Index);
    return S;
  }

  const Program &P;
  const facts::Function &F;

private:
  /// `prev = node`, where node moves on: they are the same for a moment only.
  bool followsAnother(uint32_t Local) const {
    const facts::Instr *D = def(SetTo.lookup(Local)->A);
    if (!D || D->Opcode != facts::Op::Load)
      return false;
    const facts::Place &From = F.Places[D->P];
    return From.Base == facts::Place::Local && From.Path.empty() &&
           Sets[From.BaseIndex] > (F.Locals[From.BaseIndex].Param ? 0u : 1u);
  }

  std::vector<llvm::SmallVector<const facts::Instr *, 1>> Defs;
  std::vector<unsigned> Sets;
  llvm::DenseMap<uint32_t, const facts::Instr *> SetTo;
};

/// ".3_1" at the end of an access path.
inline std::optional<FieldRef> lastField(llvm::StringRef S) {
  auto [Head, Tail] = S.rsplit('.');
  auto [R, I] = Tail.split('_');
  FieldRef F;
  if (Head.size() == S.size() || R.getAsInteger(10, F.first) ||
      I.getAsInteger(10, F.second))
    return std::nullopt;
  return F;
}

} // namespace retsan::solve

#endif
