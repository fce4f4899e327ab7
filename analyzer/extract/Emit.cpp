//===- Emit.cpp - instructions and values
//------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::None;
using facts::Op;
using facts::Operand;

facts::Instr &FunctionLowering::emit(Op Opcode, SourceLocation L) {
  facts::Instr &I = F.Blocks[Cur].Instrs.emplace_back();
  I.Opcode = Opcode;
  I.Loc = B.loc(L);
  I.InMacro = L.isMacroID() && B.SM.isMacroBodyExpansion(L);
  return I;
}

uint32_t FunctionLowering::newTemp(QualType T) {
  facts::Local L;
  L.Type = B.type(T.getUnqualifiedType());
  F.Locals.push_back(L);
  return F.Locals.size() - 1;
}

uint32_t FunctionLowering::addPlace(facts::Place P) {
  F.Places.push_back(std::move(P));
  return F.Places.size() - 1;
}

facts::Place FunctionLowering::localPlace(uint32_t Local) {
  facts::Place P;
  P.Base = facts::Place::Local;
  P.BaseIndex = Local;
  P.Type = F.Locals[Local].Type;
  return P;
}

facts::Place FunctionLowering::derefPlace(Operand Ptr, QualType T) {
  facts::Place P;
  P.Base = facts::Place::Deref;
  P.Ptr = Ptr;
  P.Type = B.type(T);
  return P;
}

/// A reference's place is what it refers to.
facts::Place FunctionLowering::varPlace(const VarDecl *VD, SourceLocation L) {
  facts::Place P;
  QualType T = VD->getType();
  if (auto It = Captures.find(VD);
      It != Captures.end() && !VD->hasGlobalStorage()) {
    P = fieldPlace(thisPlace(L), It->second);
    T = It->second->getType();
  } else if (VD->hasGlobalStorage()) {
    P.Base = facts::Place::Global;
    P.BaseIndex = B.global(VD);
    P.Type = B.type(T);
  } else {
    auto It2 = Locals.find(VD);
    P = localPlace(It2 != Locals.end() ? It2->second
                                       : addLocal(VD, /*Param=*/false));
  }
  if (T->isReferenceType())
    P = derefPlace(emitLoad(P, L), T->getPointeeType());
  return P;
}

facts::Place FunctionLowering::thisPlace(SourceLocation L) {
  QualType T;
  if (const auto *MD = dyn_cast<CXXMethodDecl>(FD); MD && MD->isInstance())
    T = MD->getFunctionObjectParameterType();
  if (ThisLocal == None)
    return derefPlace(opaqueOp(), T);
  return derefPlace(emitLoad(localPlace(ThisLocal), L), T);
}

facts::Place FunctionLowering::fieldPlace(facts::Place Base,
                                          const FieldDecl *FD) {
  Base.Path.push_back(B.fieldElem(FD));
  Base.Type = B.type(FD->getType());
  return Base;
}

Operand FunctionLowering::emitLoad(const facts::Place &P, SourceLocation L) {
  uint32_t Index = addPlace(P), Dst = newReg();
  facts::Instr &I = emit(Op::Load, L);
  I.P = Index;
  I.Dst = Dst;
  I.Type = P.Type;
  return regOp(Dst);
}

void FunctionLowering::emitStore(const facts::Place &P, Operand V,
                                 SourceLocation L, bool Init) {
  uint32_t Index = addPlace(P);
  facts::Instr &I = emit(Op::Store, L);
  I.P = Index;
  I.A = V;
  I.Init = Init;
}

Operand FunctionLowering::emitAddr(const facts::Place &P, SourceLocation L) {
  // &*p is p.
  if (P.Base == facts::Place::Deref && P.Path.empty())
    return P.Ptr;
  uint32_t Index = addPlace(P), Dst = newReg();
  facts::Instr &I = emit(Op::Addr, L);
  I.P = Index;
  I.Dst = Dst;
  return regOp(Dst);
}

static std::optional<int64_t> fold(facts::BinOp Bop, int64_t A, int64_t B) {
  auto U = [](int64_t V) { return static_cast<uint64_t>(V); };
  switch (Bop) {
  case facts::BinOp::Add:
    return U(A) + U(B);
  case facts::BinOp::Sub:
    return U(A) - U(B);
  case facts::BinOp::Mul:
    return U(A) * U(B);
  case facts::BinOp::Div:
    return B > 0 ? std::optional<int64_t>(A / B) : std::nullopt;
  case facts::BinOp::Rem:
    return B > 0 ? std::optional<int64_t>(A % B) : std::nullopt;
  case facts::BinOp::And:
    return A & B;
  case facts::BinOp::Or:
    return A | B;
  case facts::BinOp::Xor:
    return A ^ B;
  case facts::BinOp::Shl:
    return B >= 0 && B < 64 ? std::optional<int64_t>(U(A) << B) : std::nullopt;
  case facts::BinOp::Shr:
    return B >= 0 && B < 64 ? std::optional<int64_t>(A >> B) : std::nullopt;
  }
  return std::nullopt;
}

int64_t retsan::extract::wrap(int64_t V, unsigned Bits, bool Signed) {
  if (Bits >= 64 || Bits == 0)
    return V;
  uint64_t Low = static_cast<uint64_t>(V) & ((uint64_t(1) << Bits) - 1);
  if (Signed && (Low >> (Bits - 1)))
    Low |= ~((uint64_t(1) << Bits) - 1);
  return static_cast<int64_t>(Low);
}

/// The same for an integer type.
static int64_t wrapTo(QualType T, int64_t V, ASTContext &Ctx) {
  if (T.isNull() || !T->isIntegralOrEnumerationType() || T->isDependentType() ||
      T->isIncompleteType())
    return V;
  return wrap(V, Ctx.getIntWidth(T), T->isSignedIntegerOrEnumerationType());
}

Operand FunctionLowering::emitBin(facts::BinOp Bop, Operand A, Operand Rhs,
                                  QualType T, SourceLocation L) {
  if (A.Kind == Operand::Int && Rhs.Kind == Operand::Int)
    if (std::optional<int64_t> V = fold(Bop, A.Value, Rhs.Value))
      return intOp(wrapTo(T, *V, Ctx));
  uint32_t Dst = newReg();
  facts::TypeId Ty = B.type(T);
  facts::Instr &I = emit(Op::Bin, L);
  I.Bop = Bop;
  I.Dst = Dst;
  I.A = A;
  I.B = Rhs;
  I.Type = Ty;
  return regOp(Dst);
}

Operand FunctionLowering::emitCmp(facts::CmpOp Cop, Operand A, Operand Rhs,
                                  SourceLocation L) {
  if (A.Kind == Operand::Int && Rhs.Kind == Operand::Int) {
    switch (Cop) {
    case facts::CmpOp::EQ:
      return intOp(A.Value == Rhs.Value);
    case facts::CmpOp::NE:
      return intOp(A.Value != Rhs.Value);
    default:
      break;
    }
  }
  uint32_t Dst = newReg();
  facts::Instr &I = emit(Op::Cmp, L);
  I.Cop = Cop;
  I.Dst = Dst;
  I.A = A;
  I.B = Rhs;
  return regOp(Dst);
}

Operand FunctionLowering::emitNot(Operand A, SourceLocation L) {
  if (A.Kind == Operand::Int)
    return intOp(A.Value == 0);
  if (A.Kind == Operand::Null)
    return intOp(1);
  uint32_t Dst = newReg();
  facts::Instr &I = emit(Op::Not, L);
  I.Dst = Dst;
  I.A = A;
  return regOp(Dst);
}

void FunctionLowering::emitUse(Operand A, SourceLocation L) {
  if (A.Kind == Operand::Reg)
    emit(Op::Use, L).A = A;
}

void FunctionLowering::emitFree(Operand A, facts::OwnerKind K,
                                SourceLocation L) {
  using facts::OwnerKind;
  if (A.Kind != Operand::Reg || K == OwnerKind::Weak ||
      K == OwnerKind::ValueContainer)
    return;
  bool Exclusive = K == OwnerKind::None || K == OwnerKind::Unique;
  emit(Exclusive ? Op::Free : Op::Release, L).A = A;
}

void FunctionLowering::emitInvalidate(Operand Storage, bool Maybe,
                                      SourceLocation L) {
  if (Storage.Kind != Operand::Reg)
    return;
  facts::Instr &I = emit(Op::Invalidate, L);
  I.A = Storage;
  I.Maybe = Maybe;
}

/// Ends the current block. The caller goes on in one of the others.
void FunctionLowering::emitBranch(Operand Cond, uint32_t Then, uint32_t Else,
                                  SourceLocation L) {
  facts::Terminator &T = F.Blocks[Cur].Term;
  T.Kind = facts::Terminator::Branch;
  T.Cond = Cond;
  T.Succs = {Then, Else};
  T.Loc = B.loc(L);
}

void FunctionLowering::emitOn(Op Opcode, const facts::Place &P,
                              SourceLocation L, bool Init) {
  uint32_t Index = addPlace(P);
  facts::Instr &I = emit(Opcode, L);
  I.P = Index;
  I.Init = Init;
}

void FunctionLowering::emitCopy(const facts::Place &To,
                                const facts::Place &From, SourceLocation L,
                                bool Init) {
  uint32_t ToIndex = addPlace(To), FromIndex = addPlace(From);
  facts::Instr &I = emit(Op::CopyRec, L);
  I.P = ToIndex;
  I.P2 = FromIndex;
  I.Init = Init;
}

void FunctionLowering::emitMove(facts::Block &Block, uint32_t Dst, Operand A,
                                QualType T, SourceLocation L) {
  facts::TypeId Ty = B.type(T);
  facts::Instr &I = Block.Instrs.emplace_back();
  I.Opcode = Op::Move;
  I.Dst = Dst;
  I.A = A;
  I.Type = Ty;
  I.Loc = B.loc(L);
}

Operand FunctionLowering::emitNew(QualType T, bool Zeroed, SourceLocation L) {
  uint32_t Dst = newReg();
  facts::TypeId Ty = B.type(T);
  facts::Instr &I = emit(Op::New, L);
  I.Dst = Dst;
  I.Type = Ty;
  I.Zeroed = Zeroed;
  return regOp(Dst);
}

Value &FunctionLowering::valueOf(const Expr *E) {
  auto It = Values.find(E);
  if (It != Values.end())
    return It->second;
  // Deeper than any expression that a person writes: generated tables.
  constexpr unsigned MaxDepth = 400;
  Value V;
  if (++Depth < MaxDepth)
    V = lower(E);
  else
    V = Value::operand(opaqueOp());
  --Depth;
  if (V.Kind == Value::Absent)
    V = Value::operand(opaqueOp());
  V.Home = Cur;
  return Values[E] = std::move(V);
}

/// Default arguments and bindings are one expression with many mentions: each
/// mention evaluates it anew.
void FunctionLowering::forget(const Expr *E) {
  SmallVector<const Stmt *, 8> Todo{E};
  while (!Todo.empty()) {
    const Stmt *Next = Todo.pop_back_val();
    if (const auto *Part = dyn_cast_or_null<Expr>(Next)) {
      Values.erase(Part);
      Todo.append(Part->child_begin(), Part->child_end());
    }
  }
}

Operand FunctionLowering::operandOfValue(Value &V, SourceLocation L) {
  switch (V.Kind) {
  case Value::Absent:
    return opaqueOp();
  case Value::R:
    return V.O;
  case Value::L:
  case Value::AddrL:
    return emitAddr(V.P, L);
  }
  return opaqueOp();
}

Operand FunctionLowering::operandOf(const Expr *E) {
  Value V = valueOf(E);
  // An owner that is read as a value was not moved or copied by a constructor.
  if (V.Kind == Value::L && ownerKind(E->getType()) != facts::OwnerKind::None)
    return emitLoad(V.P, E->getExprLoc());
  // A scalar prvalue that was bound to a reference lies in a temporary now.
  if (V.Kind == Value::L && E->isPRValue() && E->getType()->isScalarType())
    return emitLoad(V.P, E->getExprLoc());
  return operandOfValue(V, E->getExprLoc());
}

facts::Place FunctionLowering::placeOfValue(Value &V, const Expr *E) {
  if (V.Kind == Value::L)
    return V.P;
  if (V.Kind == Value::AddrL)
    return V.P;
  // An rvalue where a place is wanted (a record or owner prvalue): give it one.
  if (V.Kind == Value::R &&
      (E->isPRValue() || ownerKind(E->getType()) != facts::OwnerKind::None)) {
    facts::Place P = localPlace(newTemp(E->getType()));
    if ((E->getType()->isRecordType() &&
         ownerKind(E->getType()) == facts::OwnerKind::None) ||
        E->getType()->isArrayType())
      emitOn(Op::Havoc, P, E->getExprLoc(), /*Init=*/true);
    else
      emitStore(P, V.O, E->getExprLoc(), /*Init=*/true);
    if (ownerKind(E->getType()) != facts::OwnerKind::None)
      Materialised[stripOwner(E)] = P;
    uint32_t Home = V.Home;
    V = Value::place(P);
    V.Home = Home;
    Values[E] = V;
    return P;
  }
  return derefPlace(V.O, E->getType());
}

facts::Place FunctionLowering::placeOf(const Expr *E) {
  Value V = valueOf(E);
  return placeOfValue(V, E);
}

facts::Place FunctionLowering::pointee(const Expr *E, QualType T) {
  Value V = valueOf(E);
  if (V.Kind == Value::AddrL)
    return V.P;
  return derefPlace(operandOf(E), T);
}

void FunctionLowering::useOperands(const Stmt *S) {
  for (const Stmt *Child : S->children())
    if (const auto *E = dyn_cast_or_null<Expr>(Child)) {
      auto It = Values.find(E);
      if (It == Values.end())
        continue;
      Value V = It->second;
      emitUse(operandOfValue(V, E->getExprLoc()), E->getExprLoc());
    }
}
