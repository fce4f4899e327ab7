//===- StoredValues.cpp - who else holds what a field is given ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// By the shape of one function at a time: equal names of values are equal
// values. Calls are followed to what they return.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/StoredValues.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

bool copiesString(StringRef Name) {
  return Name.contains("strdup") || Name.contains("strndup");
}

} // namespace

/// Whether \p Fn, which returns what \p O is, puts it or a part of it into a
/// list or a table: a pool, which holds it as well.
bool StoredValues::isListed(uint32_t Fn, const Operand &O) const {
  const Shape Sh(P, Fn);
  std::string Into = "&" + Sh.value(O) + "->";
  return any_of(Sh.F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      auto Is = [&](const Operand &X) {
        return X.Kind == Operand::Reg &&
               StringRef(Sh.value(X)).starts_with(Into);
      };
      return (I.Opcode == Op::Store && Is(I.A)) ||
             (I.Opcode == Op::Call && I.Callee != None &&
              P.BodyOf[I.Callee] != None && any_of(I.Args, Is));
    });
  });
}

MadeBy StoredValues::madeBy(uint32_t Fn, const Operand &O,
                            unsigned Depth) const {
  if (O.Kind == Operand::Null)
    return MadeBy::Nobody;
  if (O.Kind == Operand::Int && O.Value == 0)
    return MadeBy::Nobody;
  if (O.Kind != Operand::Reg || Depth > 8)
    return MadeBy::Other;
  const Shape Sh(P, Fn);
  const Instr *D = Sh.origin(O);
  if (!D) { // `s ? strdup(s) : NULL`
    MadeBy M = MadeBy::Nobody;
    for (const Instr *X : C.graph(Fn).Defs[O.Value])
      M = join(M, X->Opcode == Op::Move ? madeBy(Fn, X->A, Depth + 1)
                                        : madeBy(Sh, Fn, *X, Depth + 1));
    return M;
  }
  return madeBy(Sh, Fn, *D, Depth);
}

MadeBy StoredValues::madeBy(const Shape &Sh, uint32_t Fn, const Instr &Made,
                            unsigned Depth) const {
  const Instr *D = &Made;
  if (D->Opcode == Op::New)
    return MadeBy::Memory;
  if (D->Opcode == Op::Load) { // A local that is set in several places.
    const Place &From = Sh.F.Places[D->P];
    if (From.Base != Place::Local || !From.Path.empty() ||
        Sh.F.Locals[From.BaseIndex].Param)
      return MadeBy::Other;
    MadeBy M = MadeBy::Nobody;
    for (const Block &B : Sh.F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.P != None && Sh.F.Places[I.P].Base == Place::Local &&
            Sh.F.Places[I.P].BaseIndex == From.BaseIndex &&
            Sh.F.Places[I.P].Path.empty()) {
          if (I.Opcode == Op::Store)
            M = join(M, madeBy(Fn, I.A, Depth + 4));
          else if (I.Opcode != Op::Load)
            return MadeBy::Other;
        }
    return M;
  }
  if (D->Opcode != Op::Call || D->Callee == None)
    return MadeBy::Other;
  StringRef Name = P.str(P.Callees[D->Callee].Name);
  if (copiesString(Name))
    return MadeBy::String;
  uint32_t Body = P.BodyOf[D->Callee];
  if (Body == None) {
    LibEffect L = libraryEffect(Name, D->Args.size());
    bool Makes = L.Kind == LibKind::Alloc || L.Kind == LibKind::AllocZero ||
                 L.Kind == LibKind::AllocNonNull || L.Kind == LibKind::Realloc;
    bool Memory = Name.contains("alloc") || Name.contains("dup") ||
                  Name.contains("realpath") || Name.contains("operator new");
    return (Makes && Memory) || P.Callees[D->Callee].MallocLike ? MadeBy::Memory
                                                                : MadeBy::Other;
  }
  MadeBy M = MadeBy::Nobody;
  for (uint32_t B : C.graph(Body).Order)
    if (const Terminator &T = P.Functions[Body].Blocks[B].Term;
        T.Kind == Terminator::Return)
      M = join(M, isListed(Body, T.Cond) ? MadeBy::Other
                                         : madeBy(Body, T.Cond, Depth + 1));
  return M;
}

/// Functions of the C library that keep the memory that they are given.
static bool keepsArgument(StringRef Name) {
  return is_contained(
      ArrayRef<StringRef>{"putenv", "setvbuf", "setbuf", "setbuffer"}, Name);
}

bool StoredValues::isShared(uint32_t Fn, const Instr &I,
                            const Subject &S) const {
  if (I.A.Kind != Operand::Reg)
    return true; // A function, a literal.
  const Shape Sh(P, Fn);
  const Function &F = Sh.F;
  std::string V = Sh.value(I.A);
  const Instr *Made = Sh.origin(I.A);
  bool Smart = S.Kind != OwnerKind::None;
  bool Allocates =
      Made && (Made->Opcode == Op::New || Made->Opcode == Op::Call);
  if (!Smart && (!Allocates || keepsCopy(*Made)))
    return true; // Somebody else's, perhaps.
  auto Same = [&](const Operand &O) {
    if (O.Kind != Operand::Reg)
      return false;
    std::string X = Sh.value(O);
    return X == V || StringRef(X).starts_with("&" + V + "->");
  };
  for (const Block &B : F.Blocks) {
    if (B.Term.Kind == Terminator::Return && Same(B.Term.Cond))
      return true;
    for (const Instr &J : B.Instrs) {
      if (J.Opcode == Op::Store && &J != &I && Same(J.A) &&
          F.Places[J.P].Base != Place::Local)
        return true;
      // Arithmetic on it, a list it is put in: a copy of its address.
      if (J.Opcode == Op::Bin && !Smart && (Same(J.A) || Same(J.B)))
        return true;
      if (!Smart && J.Opcode == Op::Call)
        for (unsigned A = 0; A < J.Args.size(); ++A)
          if (Same(J.Args[A]) && J.Callee != None &&
              (P.BodyOf[J.Callee] != None ||
               keepsArgument(P.str(P.Callees[J.Callee].Name))))
            return true;
    }
  }
  return false;
}

bool StoredValues::isSole(const Subject &S, uint32_t Fn, const Instr &I) const {
  const Shape Sh(P, Fn);
  const Function &F = Sh.F;
  const Instr *D = Sh.def(I.A);
  if (!D)
    return false;
  if (S.Kind != OwnerKind::Shared || D->Opcode != Op::Load)
    return false;
  const Place &From = F.Places[D->P];
  uint32_t L = From.BaseIndex;
  if (From.Base != Place::Local || !From.Path.empty() || L >= F.NumParams)
    return false;
  // The argument is moved here, and nothing looks at it before.
  DenseSet<uint32_t> Loads;
  for (const Block &B : F.Blocks)
    for (const Instr &J : B.Instrs)
      if (J.P != None && F.Places[J.P].Base == Place::Local &&
          F.Places[J.P].BaseIndex == L) {
        if (J.Opcode == Op::Addr)
          return false;
        if (J.Opcode == Op::Load)
          Loads.insert(J.Dst);
      }
  auto Is = [&](const Operand &O) {
    return O.Kind == Operand::Reg && Loads.count(uint32_t(O.Value));
  };
  for (const Block &B : F.Blocks)
    for (const Instr &J : B.Instrs) {
      for (uint32_t Pl : {J.P, J.P2})
        if (Pl != None && Is(F.Places[Pl].Ptr))
          return false;
      if (any_of(J.Args, Is) || (J.Opcode == Op::Use && Is(J.A)) ||
          (J.Opcode == Op::Store && &J != &I && Is(J.A)))
        return false;
    }
  return true;
}

/// Whether the function that \p Made calls puts what it returns elsewhere,
/// too, or is not seen to make it.
bool StoredValues::keepsCopy(const Instr &Made) const {
  if (Made.Opcode != Op::Call || Made.Callee == None ||
      P.BodyOf[Made.Callee] == None)
    return false;
  const Shape Sh(P, P.BodyOf[Made.Callee]);
  for (const Block &B : Sh.F.Blocks) {
    if (B.Term.Kind != Terminator::Return || B.Term.Cond.Kind != Operand::Reg)
      continue;
    std::string V = Sh.value(B.Term.Cond);
    const Instr *D = Sh.origin(B.Term.Cond);
    if (!D || (D->Opcode != Op::New && D->Opcode != Op::Call))
      return true;
    for (const Block &X : Sh.F.Blocks)
      for (const Instr &I : X.Instrs)
        if (I.Opcode == Op::Store && Sh.value(I.A) == V &&
            Sh.F.Places[I.P].Base != Place::Local)
          return true;
  }
  return false;
}

} // namespace retsan::solve
