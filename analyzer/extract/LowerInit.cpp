//===- LowerInit.cpp - statements, declarations, initialisers
//----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A class or aggregate value is built in the place it is for: `prescan` walks
// the body once and notes, for the expression that builds it, which variable or
// member that is. Without such a note it is built in a temporary.
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

static bool isPlainRecord(QualType T) {
  return T->isRecordType() && ownerKind(T) == OwnerKind::None;
}

/// The expression below wrappers that build nothing themselves.
static const Expr *builder(const Expr *E) {
  while (true) {
    E = E->IgnoreParens();
    if (const auto *C = dyn_cast<ExprWithCleanups>(E))
      E = C->getSubExpr();
    else if (const auto *T = dyn_cast<CXXBindTemporaryExpr>(E))
      E = T->getSubExpr();
    else if (const auto *F = dyn_cast<CXXFunctionalCastExpr>(E);
             F && (F->getCastKind() == CK_NoOp ||
                   F->getCastKind() == CK_ConstructorConversion))
      E = F->getSubExpr();
    else if (const auto *I = dyn_cast<ImplicitCastExpr>(E);
             I && (I->getCastKind() == CK_NoOp ||
                   I->getCastKind() == CK_ConstructorConversion))
      E = I->getSubExpr();
    else if (const auto *K = dyn_cast<ConstantExpr>(E))
      E = K->getSubExpr();
    else if (const auto *D = dyn_cast<CXXDefaultInitExpr>(E))
      E = D->getExpr();
    else if (const auto *C = dyn_cast<CXXConstructExpr>(E);
             C && C->isElidable() && C->getNumArgs() >= 1)
      E = C->getArg(0);
    else if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
      E = M->getSubExpr();
    else
      return E;
  }
}

/// True if some part of a nested `{...}` is built by a constructor or a call.
static bool buildsInPlace(const InitListExpr *List) {
  return any_of(List->inits(), [](const Expr *Part) {
    if (!Part)
      return false;
    Part = builder(Part);
    if (const auto *Inner = dyn_cast<InitListExpr>(Part))
      return buildsInPlace(Inner);
    return isPlainRecord(Part->getType()) &&
           isa<CXXConstructExpr, LambdaExpr, CallExpr>(Part);
  });
}

void FunctionLowering::setDestination(const Expr *E, const facts::Place &P) {
  E = builder(E);
  if (!isa<CXXConstructExpr, InitListExpr, LambdaExpr, CallExpr,
           CompoundLiteralExpr>(E))
    return;
  if (!isPlainRecord(E->getType()) && !E->getType()->isArrayType())
    return;
  Destinations[E] = P;
  const auto *List = dyn_cast<InitListExpr>(E);
  if (!List || !E->getType()->isRecordType() || List->isTransparent())
    return;
  // Members that are built by constructors are built in place too. A nested
  // list of plain values is part of the outer one.
  auto SetPart = [&](const Expr *Part, const facts::Place &PartPlace) {
    const auto *Inner =
        dyn_cast_or_null<InitListExpr>(Part ? builder(Part) : nullptr);
    if (Part && (!Inner || buildsInPlace(Inner)))
      setDestination(Part, PartPlace);
  };
  const RecordDecl *RD = E->getType()->getAsRecordDecl();
  if (RD->isUnion()) {
    if (const FieldDecl *FD = List->getInitializedFieldInUnion())
      if (List->getNumInits())
        SetPart(List->getInit(0), fieldPlace(P, FD));
    return;
  }
  unsigned I = 0;
  if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD))
    for (const CXXBaseSpecifier &Base : CRD->bases()) {
      if (I < List->getNumInits())
        SetPart(List->getInit(I),
                basePlace(P, CRD, Base.getType()->getAsCXXRecordDecl()));
      ++I;
    }
  for (const FieldDecl *FD : RD->fields()) {
    if (FD->isUnnamedBitField())
      continue;
    if (I < List->getNumInits())
      SetPart(List->getInit(I), fieldPlace(P, FD));
    ++I;
  }
}

static bool isInitialisedByCode(const VarDecl *VD) {
  return VD->getASTContext().getLangOpts().CPlusPlus && VD->getInit() &&
         !VD->getInit()->isValueDependent() && !VD->hasConstantInitialization();
}

/// The variable itself, not what it refers to.
facts::Place FunctionLowering::staticPlace(const VarDecl *VD) {
  facts::Place P;
  P.Base = facts::Place::Global;
  P.BaseIndex = B.global(VD);
  P.Type = B.type(VD->getType());
  return P;
}

void FunctionLowering::prescan(const Stmt *S) {
  SmallVector<const Stmt *, 32> Todo{S};
  while (!Todo.empty()) {
    const Stmt *Next = Todo.pop_back_val();
    if (!Next)
      continue;
    if (const auto *DS = dyn_cast<DeclStmt>(Next)) {
      for (const Decl *D : DS->decls())
        if (const auto *VD = dyn_cast<VarDecl>(D); VD && VD->getInit()) {
          if (VD->hasLocalStorage())
            addLocal(VD, /*Param=*/false);
          if (VD->getType()->isReferenceType())
            continue;
          if (VD->hasLocalStorage())
            setDestination(VD->getInit(), localPlace(Locals[VD]));
          else if (VD->isStaticLocal() && isInitialisedByCode(VD))
            setDestination(VD->getInit(), staticPlace(VD));
        }
    }
    if (isa<LambdaExpr, UnaryExprOrTypeTraitExpr>(Next))
      continue;
    if (const auto *Call = dyn_cast<CallExpr>(Next)) {
      Called.insert(Call->getCallee()->IgnoreParens());
      if (const FunctionDecl *Callee = Call->getDirectCallee())
        F.HasSetjmp |= Callee->hasAttr<ReturnsTwiceAttr>();
    }
    for (const Stmt *Child : Next->children())
      Todo.push_back(Child);
  }
}

void FunctionLowering::lowerStmt(const Stmt *S) {
  if (const auto *E = dyn_cast<Expr>(S)) {
    valueOf(E);
    return;
  }
  if (const auto *DS = dyn_cast<DeclStmt>(S)) {
    for (const Decl *D : DS->decls())
      if (const auto *VD = dyn_cast<VarDecl>(D))
        lowerDecl(VD);
    return;
  }
  if (const auto *RS = dyn_cast<ReturnStmt>(S)) {
    const Expr *E = RS->getRetValue();
    if (!E || E->getType()->isVoidType()) {
      if (E)
        valueOf(E);
      ReturnValue = Operand();
    } else if (FD->getReturnType()->isReferenceType()) {
      ReturnValue = emitAddr(placeOf(E), E->getExprLoc());
    } else if (isPlainRecord(E->getType())) {
      valueOf(E);
      ReturnValue = opaqueOp();
    } else if (ownerKind(E->getType()) != OwnerKind::None) {
      ReturnValue = takeOwner(E, E->getType());
    } else {
      ReturnValue = operandOf(E);
    }
    return;
  }
  if (const auto *A = dyn_cast<AsmStmt>(S))
    lowerAsm(A);
}

void FunctionLowering::lowerDecl(const VarDecl *VD) {
  if (VD->hasGlobalStorage()) {
    // Initialised once; the branch around that is the CFG's.
    if (VD->isStaticLocal() && isInitialisedByCode(VD)) {
      facts::Place P = staticPlace(VD);
      initialise(P, VD->getInit(), VD->getType(), VD->getLocation());
    } else if (VD->isStaticLocal()) {
      B.global(VD);
    }
    return;
  }
  if (VD->isInvalidDecl() || VD->getType()->isDependentType())
    return;
  if (!Locals.count(VD))
    addLocal(VD, /*Param=*/false);
  if (const Expr *Init = VD->getInit())
    initialise(localPlace(Locals[VD]), Init, VD->getType(), VD->getLocation());
  if (const auto *DD = dyn_cast<DecompositionDecl>(VD))
    for (const BindingDecl *BD : DD->bindings())
      if (const VarDecl *Holding = BD->getHoldingVar())
        lowerDecl(Holding);
}

void FunctionLowering::initialise(const facts::Place &P, const Expr *Init,
                                  QualType T, SourceLocation L) {
  if (T->isReferenceType()) {
    emitStore(P, emitAddr(placeOf(Init), L), L, /*Init=*/true);
    return;
  }
  if (ownerKind(T) != OwnerKind::None) {
    emitStore(P, takeOwner(Init, T), L, /*Init=*/true);
    return;
  }
  if (isPlainRecord(T) || T->isArrayType()) {
    const Expr *Built = builder(Init);
    if (isa<clang::StringLiteral>(Built)) {
      emitOn(Op::Havoc, P, L, /*Init=*/true);
      return;
    }
    Value V = valueOf(Built);
    // Built in place already, unless it came from elsewhere.
    if (!Destinations.count(Built) && T->isRecordType())
      emitCopy(P, placeOfValue(V, Built), L, /*Init=*/true);
    return;
  }
  emitStore(P, operandOf(Init), L, /*Init=*/true);
}

/// `{...}` and `(T){...}`.
Value FunctionLowering::lowerAggregate(const Expr *E) {
  if (const auto *C = dyn_cast<CompoundLiteralExpr>(E)) {
    QualType T = C->getType();
    facts::Place P = localPlace(newTemp(T));
    const Expr *Init = C->getInitializer();
    if (const auto *List = dyn_cast<InitListExpr>(builder(Init));
        List && (T->isRecordType() || T->isArrayType())) {
      emitOn(Op::Zero, P, C->getExprLoc(), /*Init=*/true);
      lowerInitList(P, List, /*Zeroed=*/true);
    } else {
      initialise(P, Init, T, C->getExprLoc());
    }
    return Value::place(P);
  }
  const auto *List = dyn_cast<InitListExpr>(E);
  if (!List)
    return opaque(E);
  QualType T = List->getType();
  if (!isPlainRecord(T) && !T->isArrayType()) {
    if (List->getNumInits() == 0)
      return Value::operand(
          T->isAnyPointerType() || ownerKind(T) != OwnerKind::None ? nullOp()
                                                                   : intOp(0));
    return List->getNumInits() == 1 ? valueOf(List->getInit(0)) : opaque(E);
  }
  auto It = Destinations.find(E);
  // Without a destination it is part of an outer list or literal, which asks
  // for its parts one by one.
  if (It == Destinations.end())
    return Value();
  facts::Place P = It->second;
  bool InPlaceParts = false;
  for (const Expr *Part : List->inits())
    InPlaceParts |= Part && Destinations.count(builder(Part));
  if (!InPlaceParts)
    emitOn(Op::Zero, P, List->getExprLoc(), /*Init=*/true);
  lowerInitList(P, List, !InPlaceParts);
  return Value::place(P);
}

void FunctionLowering::lowerInitList(const facts::Place &P,
                                     const InitListExpr *E, bool Zeroed) {
  QualType T = E->getType();
  if (E->isTransparent() && E->getNumInits() == 1)
    return initPart(P, E->getInit(0), T, Zeroed);
  if (const ArrayType *AT = Ctx.getAsArrayType(T)) {
    // Long tables are of constants: what matters is that they are set.
    constexpr unsigned MaxElements = 64;
    if (E->getNumInits() > MaxElements) {
      emitOn(Op::Havoc, P, E->getExprLoc(), /*Init=*/true);
      return;
    }
    for (unsigned I = 0; I < E->getNumInits(); ++I) {
      facts::Place Elem = P;
      facts::PathElem Step;
      Step.Kind = facts::PathElem::ConstIndex;
      Step.Index = I;
      Elem.Path.push_back(Step);
      Elem.Type = B.type(AT->getElementType());
      initPart(Elem, E->getInit(I), AT->getElementType(), Zeroed);
    }
    return;
  }
  const RecordDecl *RD = T->getAsRecordDecl();
  if (!RD)
    return;
  if (RD->isUnion()) {
    if (const FieldDecl *FD = E->getInitializedFieldInUnion();
        FD && E->getNumInits())
      initPart(fieldPlace(P, FD), E->getInit(0), FD->getType(), Zeroed);
    return;
  }
  unsigned I = 0;
  if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD))
    for (const CXXBaseSpecifier &Base : CRD->bases()) {
      if (I < E->getNumInits())
        initPart(basePlace(P, CRD, Base.getType()->getAsCXXRecordDecl()),
                 E->getInit(I), Base.getType(), Zeroed);
      ++I;
    }
  for (const FieldDecl *FD : RD->fields()) {
    if (FD->isUnnamedBitField())
      continue;
    if (I < E->getNumInits())
      initPart(fieldPlace(P, FD), E->getInit(I), FD->getType(), Zeroed);
    ++I;
  }
}

void FunctionLowering::initPart(const facts::Place &P, const Expr *Init,
                                QualType T, bool Zeroed) {
  if (!Init)
    return;
  const Expr *Built = builder(Init);
  SourceLocation L = Built->getExprLoc();
  if (isa<ImplicitValueInitExpr>(Built)) {
    if (!Zeroed)
      emitOn(Op::Zero, P, L, /*Init=*/true);
    return;
  }
  if (isPlainRecord(T) || T->isArrayType()) {
    if (Destinations.count(Built)) {
      valueOf(Built);
      return;
    }
    if (const auto *List = dyn_cast<InitListExpr>(Built)) {
      if (!Zeroed)
        emitOn(Op::Zero, P, L, /*Init=*/true);
      return lowerInitList(P, List, /*Zeroed=*/true);
    }
    if (isa<clang::StringLiteral>(Built))
      return emitOn(Op::Havoc, P, L, /*Init=*/true);
    if (T->isRecordType())
      emitCopy(P, placeOf(Built), L, /*Init=*/true);
    return;
  }
  Operand V;
  if (T->isReferenceType())
    V = emitAddr(placeOf(Init), L);
  else if (ownerKind(T) != OwnerKind::None)
    V = takeOwner(Init, T);
  else
    V = operandOf(Init);
  bool IsZero =
      (V.Kind == Operand::Int && V.Value == 0) || V.Kind == Operand::Null;
  if (!Zeroed || !IsZero)
    emitStore(P, V, L, /*Init=*/true);
}

void FunctionLowering::lowerAsm(const AsmStmt *S) {
  SourceLocation L = S->getAsmLoc();
  for (unsigned I = 0; I < S->getNumInputs(); ++I) {
    const Expr *E = S->getInputExpr(I);
    if (E->isGLValue()) {
      if (const Value &V = valueOf(E); V.Kind == Value::L) {
        facts::Place P = V.P;
        emitUse(emitAddr(P, L), L);
      }
      continue;
    }
    emitUse(operandOf(E), L);
  }
  for (unsigned I = 0; I < S->getNumOutputs(); ++I)
    emitOn(Op::Havoc, placeOf(S->getOutputExpr(I)), L);
}
