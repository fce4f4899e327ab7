//===- Implicit.cpp - operations that the compiler writes
//--------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A defaulted constructor, destructor or assignment that nothing in the unit
// uses has no body in the AST. The solver needs it all the same: it says how
// objects start and end. These are member by member what the standard
// prescribes.
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

bool FunctionLowering::runImplicit() {
  if (FD->isInvalidDecl() || FD->isDependentContext() || FD->isDeleted())
    return false;
  if (FD->hasBody())
    return run();
  beginFunction();
  F.Implicit = true;
  SourceLocation L = FD->getLocation();
  if (const auto *CD = dyn_cast<CXXConstructorDecl>(FD)) {
    implicitConstructor(CD);
  } else if (const auto *DD = dyn_cast<CXXDestructorDecl>(FD)) {
    implicitDestructor(DD);
  } else {
    implicitAssignment(cast<CXXMethodDecl>(FD));
    F.Blocks[Cur].Term.Cond = emitAddr(thisPlace(L), L);
  }
  F.Blocks[Cur].Term.Kind = facts::Terminator::Return;
  finishFunction();
  return true;
}

void FunctionLowering::implicitConstructor(const CXXConstructorDecl *CD) {
  SourceLocation L = CD->getLocation();
  const CXXRecordDecl *RD = CD->getParent();
  facts::Place This = thisPlace(L);
  if (CD->isCopyOrMoveConstructor())
    return memberwise(CD, /*Init=*/true);
  auto DefaultConstruct = [&](const facts::Place &P, QualType T) {
    OwnerKind K = ownerKind(T);
    if (K != OwnerKind::None)
      return emitStore(P, nullOp(), L, /*Init=*/true);
    const CXXRecordDecl *Class = T->getAsCXXRecordDecl();
    if (!Class || !Class->hasDefinition())
      return;
    for (const CXXConstructorDecl *Ctor : Class->getDefinition()->ctors()) {
      if (!Ctor->isDefaultConstructor() || Ctor->isTrivial() ||
          Ctor->isDeleted() || B.isSystem(Ctor->getLocation()))
        continue;
      facts::Instr Call;
      Call.Callee = B.callee(Ctor);
      Call.Args.push_back(emitAddr(P, L));
      finishCall(std::move(Call), Ctx.VoidTy, /*Lvalue=*/false, L);
      return;
    }
  };
  for (const CXXBaseSpecifier &Base : RD->bases())
    if (const CXXRecordDecl *BRD = Base.getType()->getAsCXXRecordDecl())
      DefaultConstruct(basePlace(This, RD, BRD), Base.getType());
  for (const FieldDecl *Field : RD->fields()) {
    facts::Place P = fieldPlace(This, Field);
    if (const Expr *Init = Field->getInClassInitializer()) {
      setDestination(Init, P);
      initialise(P, Init, Field->getType(), Field->getLocation());
    } else if (Field->getType()->isRecordType()) {
      DefaultConstruct(P, Field->getType());
    }
  }
}

void FunctionLowering::implicitDestructor(const CXXDestructorDecl *DD) {
  SourceLocation L = DD->getLocation();
  const CXXRecordDecl *RD = DD->getParent();
  facts::Place This = thisPlace(L);
  SmallVector<const FieldDecl *, 16> Fields(RD->fields());
  for (const FieldDecl *Field : reverse(Fields))
    if (Field->getType()->getBaseElementTypeUnsafe()->isRecordType() &&
        !RD->isUnion())
      destroyPlace(fieldPlace(This, Field), Field->getType(), L);
  for (const CXXBaseSpecifier &Base : reverse(RD->bases()))
    if (const CXXRecordDecl *BRD = Base.getType()->getAsCXXRecordDecl())
      destroyPlace(basePlace(This, RD, BRD), Base.getType(), L);
}

void FunctionLowering::implicitAssignment(const CXXMethodDecl *MD) {
  memberwise(MD, /*Init=*/false);
}

/// Copies or moves each base and member from the only parameter.
void FunctionLowering::memberwise(const CXXMethodDecl *MD, bool Init) {
  SourceLocation L = MD->getLocation();
  const CXXRecordDecl *RD = MD->getParent();
  if (MD->param_empty())
    return;
  bool Moves = MD->getParamDecl(0)->getType()->isRValueReferenceType();
  facts::Place To = thisPlace(L);
  facts::Place From = varPlace(MD->getParamDecl(0), L);
  if (RD->isUnion())
    return emitCopy(To, From, L, Init);
  for (const CXXBaseSpecifier &Base : RD->bases())
    if (const CXXRecordDecl *BRD = Base.getType()->getAsCXXRecordDecl())
      emitCopy(basePlace(To, RD, BRD), basePlace(From, RD, BRD), L, Init);
  for (const FieldDecl *Field : RD->fields()) {
    QualType T = Field->getType();
    facts::Place P = fieldPlace(To, Field), Q = fieldPlace(From, Field);
    OwnerKind K = T->isReferenceType() ? OwnerKind::None : ownerKind(T);
    if (K != OwnerKind::None) {
      Operand V = Moves ? moveOut(Q, L) : copyOwner(Q, T, L);
      if (Init)
        emitStore(P, V, L, /*Init=*/true);
      else
        assignOwner(P, V, T, L);
    } else if (T->isRecordType() || T->isArrayType()) {
      emitCopy(P, Q, L, Init);
    } else {
      emitStore(P, emitLoad(Q, L), L, Init);
    }
  }
}
