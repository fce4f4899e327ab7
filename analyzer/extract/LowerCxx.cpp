//===- LowerCxx.cpp - classes, new and delete, lambdas
//-----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An object is built by a call of its constructor with the address of the place
// it is built in, and destroyed by a call of its destructor; members and bases
// that own are destroyed as owners. A closure is a local whose captures are its
// fields.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::Op;
using facts::Operand;
using facts::OwnerKind;
using facts::Terminator;

facts::Place FunctionLowering::basePlace(facts::Place P,
                                         const CXXRecordDecl *Derived,
                                         const CXXRecordDecl *Base) {
  if (auto Elem = B.baseElem(Derived, Base)) {
    P.Path.push_back(*Elem);
    P.Type = B.type(Ctx.getRecordType(Base));
  }
  return P;
}

/// Notes where the members and bases that a constructor initialises are built.
void FunctionLowering::prescanInitializers(const CXXConstructorDecl *CD) {
  if (CD->inits().empty())
    return;
  facts::Place This = thisPlace(CD->getLocation());
  for (const CXXCtorInitializer *I : CD->inits()) {
    const Expr *Init = I->getInit();
    if (!Init)
      continue;
    prescan(Init);
    if (I->isDelegatingInitializer())
      setDestination(Init, This);
    else if (I->isBaseInitializer())
      setDestination(Init, basePlace(This, CD->getParent(),
                                     I->getBaseClass()->getAsCXXRecordDecl()));
    else
      setDestination(Init, initializedPlace(This, I));
  }
}

/// The member, through the anonymous unions on the way.
facts::Place FunctionLowering::initializedPlace(facts::Place This,
                                                const CXXCtorInitializer *I) {
  if (const IndirectFieldDecl *Indirect = I->getIndirectMember()) {
    for (const NamedDecl *Step : Indirect->chain())
      if (const auto *FD = dyn_cast<FieldDecl>(Step))
        This = fieldPlace(std::move(This), FD);
    return This;
  }
  return fieldPlace(std::move(This), I->getMember());
}

void FunctionLowering::lowerInitializer(const CXXCtorInitializer *I) {
  const Expr *Init = I->getInit();
  if (!Init)
    return;
  if (!I->isAnyMemberInitializer()) {
    valueOf(Init);
    return;
  }
  SourceLocation L =
      I->isWritten() ? I->getSourceLocation() : Init->getExprLoc();
  facts::Place P = initializedPlace(thisPlace(L), I);
  initialise(P, Init, I->getAnyMember()->getType(), L);
}

Value FunctionLowering::lowerConstruct(const CXXConstructExpr *E) {
  QualType T = E->getType();
  SourceLocation L = E->getExprLoc();
  if (ownerKind(T) != OwnerKind::None)
    return lowerOwnerConstruct(E);
  const CXXConstructorDecl *CD = E->getConstructor();
  if (E->isElidable() && E->getNumArgs() >= 1 && !Destinations.count(E))
    return Value::place(placeOf(E->getArg(0)));
  auto It = Destinations.find(E);
  facts::Place P =
      It != Destinations.end() ? It->second : localPlace(newTemp(T));
  Value Result = Value::place(P);
  if (isStdAtomic(T)) {
    if (E->getNumArgs() && !E->getArg(0)->isDefaultArgument())
      emitStore(P, operandOf(E->getArg(0)), L, /*Init=*/true);
    else
      emitOn(Op::Zero, P, L, /*Init=*/true);
    return Result;
  }
  if (E->requiresZeroInitialization())
    emitOn(Op::Zero, P, L, /*Init=*/true);
  if (const ArrayType *AT = Ctx.getAsArrayType(T)) {
    facts::PathElem Any;
    Any.Kind = facts::PathElem::AnyIndex;
    P.Path.push_back(Any);
    P.Type = B.type(AT->getElementType());
  }
  if (CD->isCopyOrMoveConstructor() && E->getNumArgs() &&
      (CD->isTrivial() || B.isSystem(CD->getLocation()))) {
    emitCopy(P, placeOf(E->getArg(0)), L, /*Init=*/true);
    return Result;
  }
  if (CD->isTrivial() || (CD->isDefaultConstructor() && !CD->isUserProvided() &&
                          B.isSystem(CD->getLocation())))
    return Result;
  facts::Instr Call;
  Call.Callee = B.callee(CD);
  Call.Args.push_back(emitAddr(P, L));
  for (unsigned I = 0; I < E->getNumArgs(); ++I)
    passToLibrary(CD, I, E->getArg(I), Call.Args);
  finishCall(std::move(Call), Ctx.VoidTy, /*Lvalue=*/false, L);
  return Result;
}

void FunctionLowering::lowerNewAllocator(const CXXNewExpr *E) {
  SourceLocation L = E->getExprLoc();
  QualType T = E->getAllocatedType();
  Operand Ptr;
  const FunctionDecl *New = E->getOperatorNew();
  bool NoThrow = false;
  for (const Expr *Arg : E->placement_arguments())
    if (const CXXRecordDecl *RD = Arg->getType()->getAsCXXRecordDecl())
      NoThrow |= RD->getIdentifier() && RD->getName() == "nothrow_t";
  if (New && New->isReservedGlobalPlacementOperator()) {
    Ptr = operandOf(E->getPlacementArg(0));
  } else if (NoThrow && New) {
    facts::Instr Call;
    Call.Callee = B.callee(New);
    Call.Args.push_back(opaqueOp());
    Ptr = finishCall(std::move(Call), E->getType(), /*Lvalue=*/false, L).O;
  } else {
    Ptr = emitNew(T, /*Zeroed=*/false, L);
  }
  Allocations[E] = Ptr;
  if (const Expr *Init = E->getInitializer()) {
    facts::Place P = derefPlace(Ptr, T);
    if (E->isArray()) {
      facts::PathElem Any;
      Any.Kind = facts::PathElem::AnyIndex;
      P.Path.push_back(Any);
    }
    setDestination(Init, P);
  }
}

Value FunctionLowering::lowerNew(const CXXNewExpr *E) {
  if (!Allocations.count(E))
    lowerNewAllocator(E);
  Operand Ptr = Allocations[E];
  const Expr *Init = E->getInitializer();
  if (!Init)
    return Value::operand(Ptr);
  QualType T = E->getAllocatedType();
  facts::Place P = derefPlace(Ptr, T);
  if (E->isArray()) {
    facts::PathElem Any;
    Any.Kind = facts::PathElem::AnyIndex;
    P.Path.push_back(Any);
    if (isa<ImplicitValueInitExpr>(Init))
      emitOn(Op::Zero, P, E->getExprLoc(), /*Init=*/true);
    else
      valueOf(Init);
    return Value::operand(Ptr);
  }
  if (isa<ImplicitValueInitExpr>(Init) && T->isRecordType())
    emitOn(Op::Zero, P, E->getExprLoc(), /*Init=*/true);
  else
    initialise(P, Init, T, E->getExprLoc());
  return Value::operand(Ptr);
}

void FunctionLowering::callDestructor(const facts::Place &P,
                                      const CXXRecordDecl *RD, SourceLocation L,
                                      bool Virtual, bool Goes) {
  const CXXDestructorDecl *DD = RD->getDestructor();
  if (!DD || DD->isTrivial())
    return;
  facts::Instr Call;
  Call.Callee = B.callee(DD);
  Call.Virtual = Virtual && DD->isVirtual();
  Call.Destroys = Goes;
  Call.Args.push_back(emitAddr(P, L));
  finishCall(std::move(Call), Ctx.VoidTy, /*Lvalue=*/false, L);
}

void FunctionLowering::destroyPlace(const facts::Place &P, QualType T,
                                    SourceLocation L) {
  if (const ArrayType *AT = Ctx.getAsArrayType(T)) {
    facts::Place Elem = P;
    facts::PathElem Any;
    Any.Kind = facts::PathElem::AnyIndex;
    Elem.Path.push_back(Any);
    Elem.Type = B.type(AT->getElementType());
    return destroyPlace(Elem, AT->getElementType(), L);
  }
  OwnerKind K = ownerKind(T);
  if (K == OwnerKind::Weak || K == OwnerKind::ValueContainer)
    return;
  if (K != OwnerKind::None)
    return dropOwned(emitLoad(P, L), T, L);
  if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
      RD && RD->hasDefinition())
    callDestructor(P, RD->getDefinition(), L, /*Virtual=*/false,
                   /*Goes=*/true);
}

/// A unique_ptr<T> destroys its T, unless a deleter of ours does what it does.
/// Who else holds a shared one, and which elements a container has, is not
/// known here: their destructors are left out.
void FunctionLowering::dropOwned(Operand Old, QualType T, SourceLocation L) {
  OwnerKind K = ownerKind(T);
  QualType Owned = ownedType(T);
  const CXXRecordDecl *RD =
      Owned.isNull() ? nullptr : Owned->getAsCXXRecordDecl();
  if (const CXXMethodDecl *Deleter =
          K == OwnerKind::Unique ? deleterOf(T) : nullptr;
      Deleter && !B.isSystem(Deleter->getLocation())) {
    uint32_t Drop = F.Blocks.size(), Next = Drop + 1;
    F.Blocks.resize(F.Blocks.size() + 2);
    emitBranch(Old, Drop, Next, L);
    Cur = Drop;
    facts::Instr Call;
    Call.Callee = B.callee(Deleter);
    Call.Args = {opaqueOp(), Old};
    finishCall(std::move(Call), Ctx.VoidTy, /*Lvalue=*/false, L);
    F.Blocks[Cur].Term.Kind = Terminator::Goto;
    F.Blocks[Cur].Term.Succs = {Next};
    Cur = Next;
    return;
  }
  if (Old.Kind != Operand::Reg || K != OwnerKind::Unique || !RD ||
      hasCustomDeleter(T) || !destroysSomething(RD) ||
      B.isSystem(RD->getLocation()))
    return emitFree(Old, K, L);
  uint32_t Drop = F.Blocks.size(), Next = Drop + 1;
  F.Blocks.resize(F.Blocks.size() + 2);
  emitBranch(Old, Drop, Next, L);
  Cur = Drop;
  facts::Place P = derefPlace(Old, Owned);
  if (ownsArray(T))
    P.Path.push_back(indexElem(opaqueOp()));
  callDestructor(P, RD->getDefinition(), L, /*Virtual=*/true, /*Goes=*/true);
  emitFree(Old, K, L);
  F.Blocks[Cur].Term.Kind = Terminator::Goto;
  F.Blocks[Cur].Term.Succs = {Next};
  Cur = Next;
}

/// `delete p` does nothing when p is null: its effects get a block of their
/// own.
void FunctionLowering::lowerDelete(const CXXDeleteExpr *E) {
  SourceLocation L = E->getExprLoc();
  Operand Ptr = operandOf(E->getArgument());
  QualType T = E->getDestroyedType();
  const CXXRecordDecl *RD = T.isNull() ? nullptr : T->getAsCXXRecordDecl();
  const CXXDestructorDecl *DD = RD && RD->hasDefinition()
                                    ? RD->getDefinition()->getDestructor()
                                    : nullptr;
  if (!DD || DD->isTrivial() || Ptr.Kind != Operand::Reg) {
    emitFree(Ptr, OwnerKind::None, L);
    return;
  }
  uint32_t Delete = F.Blocks.size(), Next = Delete + 1;
  F.Blocks.resize(F.Blocks.size() + 2);
  emitBranch(Ptr, Delete, Next, L);
  Cur = Delete;
  facts::Place P = derefPlace(Ptr, T);
  if (E->isArrayForm()) {
    facts::PathElem Any;
    Any.Kind = facts::PathElem::AnyIndex;
    P.Path.push_back(Any);
  }
  callDestructor(P, RD->getDefinition(), L, /*Virtual=*/true, /*Goes=*/true);
  emitFree(Ptr, OwnerKind::None, L);
  F.Blocks[Cur].Term.Kind = Terminator::Goto;
  F.Blocks[Cur].Term.Succs = {Next};
  Cur = Next;
}

Value FunctionLowering::lowerLambda(const LambdaExpr *E) {
  SourceLocation L = E->getExprLoc();
  Lambdas.push_back(E);
  const CXXRecordDecl *Class = E->getLambdaClass();
  B.completeRecord(Class);
  auto It = Destinations.find(E);
  facts::Place P =
      It != Destinations.end() ? It->second : localPlace(newTemp(E->getType()));
  // A closure that is not just a local helper is called from who knows where.
  if (It == Destinations.end() && !Class->isGenericLambda())
    B.takenCallee(E->getCallOperator());
  auto Field = Class->field_begin();
  auto Init = E->capture_init_begin();
  for (; Field != Class->field_end() && Init != E->capture_init_end();
       ++Field, ++Init) {
    if (!*Init)
      continue;
    initialise(fieldPlace(P, *Field), *Init, Field->getType(), L);
  }
  return Value::place(P);
}

void FunctionLowering::lowerDtorElement(const CFGElement &E) {
  if (auto Auto = E.getAs<CFGAutomaticObjDtor>()) {
    const VarDecl *VD = Auto->getVarDecl();
    SourceLocation L = Auto->getTriggerStmt()->getEndLoc();
    auto It = Locals.find(VD);
    if (It == Locals.end())
      return;
    // A reference that keeps a temporary alive ends its life.
    destroyPlace(varPlace(VD, L), VD->getType().getNonReferenceType(), L);
    emit(Op::EndLocal, L).Local = It->second;
    return;
  }
  const auto *DD = dyn_cast<CXXDestructorDecl>(FD);
  if (!DD)
    return;
  SourceLocation L =
      FD->getBodyRBrace().isValid() ? FD->getBodyRBrace() : FD->getLocation();
  if (auto Member = E.getAs<CFGMemberDtor>()) {
    const FieldDecl *Field = Member->getFieldDecl();
    destroyPlace(fieldPlace(thisPlace(L), Field), Field->getType(), L);
  } else if (auto Base = E.getAs<CFGBaseDtor>()) {
    QualType T = Base->getBaseSpecifier()->getType();
    destroyPlace(
        basePlace(thisPlace(L), DD->getParent(), T->getAsCXXRecordDecl()), T,
        L);
  }
}

/// Owners passed by value die with the call. (Who destroys them is a matter of
/// ABI; the effect is the same.)
void FunctionLowering::destroyOwnerParams() {
  for (const ParmVarDecl *P : FD->parameters()) {
    OwnerKind K = P->getType()->isReferenceType() ? OwnerKind::None
                                                  : ownerKind(P->getType());
    if (K != OwnerKind::None)
      destroyPlace(localPlace(Locals[P]), P->getType(), FD->getBodyRBrace());
  }
}
