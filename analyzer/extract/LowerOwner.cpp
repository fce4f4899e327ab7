//===- LowerOwner.cpp - smart pointers and what they own
//---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A smart pointer, std::function or optional is one pointer: get() loads it,
// reset() stores and frees, a move loads and stores null. An owner-typed
// prvalue is the pointer itself, so `f(std::move(p))` is a load, a store of
// null and a call.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::CmpOp;
using facts::Op;
using facts::Operand;
using facts::OwnerKind;

Operand FunctionLowering::moveOut(const facts::Place &P, SourceLocation L) {
  Operand V = emitLoad(P, L);
  emitStore(P, nullOp(), L);
  return V;
}

/// A copy of a shared owner is the same pointer; a copy of a value is a new
/// one.
Operand FunctionLowering::copyOwner(const facts::Place &P, QualType T,
                                    SourceLocation L) {
  Operand V = emitLoad(P, L);
  OwnerKind K = ownerKind(T);
  if (K == OwnerKind::Shared || K == OwnerKind::Weak ||
      K == OwnerKind::Function) {
    if (V.Kind == Operand::Reg)
      F.Blocks[Cur].Instrs.back().CopiesOwner = K != OwnerKind::Weak;
    return V;
  }
  emitUse(V, L);
  return emitNew(ownedType(T).isNull() ? T : ownedType(T), /*Zeroed=*/false, L);
}

void FunctionLowering::assignOwner(const facts::Place &P, Operand V, QualType T,
                                   SourceLocation L) {
  OwnerKind K = ownerKind(T);
  // Nothing to free in a buffer of plain values; the old one is kept or
  // replaced.
  if (K == OwnerKind::ValueContainer || K == OwnerKind::Weak)
    return emitStore(P, V, L);
  Operand Old = emitLoad(P, L);
  emitStore(P, V, L);
  dropOwned(Old, T, L);
}

OverloadedOperatorKind retsan::extract::operatorOf(const CallExpr *E) {
  if (const auto *OC = dyn_cast<CXXOperatorCallExpr>(E))
    return OC->getOperator();
  const FunctionDecl *Callee = E->getDirectCallee();
  return Callee && isa<CXXMemberCallExpr>(E) ? Callee->getOverloadedOperator()
                                             : OO_None;
}

const Expr *retsan::extract::stripOwner(const Expr *E) {
  while (true) {
    E = E->IgnoreParens();
    if (const auto *C = dyn_cast<ExprWithCleanups>(E))
      E = C->getSubExpr();
    else if (const auto *T = dyn_cast<CXXBindTemporaryExpr>(E))
      E = T->getSubExpr();
    else if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(E))
      E = M->getSubExpr();
    else if (const auto *D = dyn_cast<CXXDefaultInitExpr>(E))
      E = D->getExpr();
    else if (const auto *D = dyn_cast<CXXDefaultArgExpr>(E))
      E = D->getExpr();
    else if (const auto *Cast = dyn_cast<CastExpr>(E);
             Cast && (Cast->getCastKind() == CK_NoOp ||
                      Cast->getCastKind() == CK_ConstructorConversion ||
                      Cast->getCastKind() == CK_UserDefinedConversion ||
                      Cast->getCastKind() == CK_DerivedToBase ||
                      Cast->getCastKind() == CK_UncheckedDerivedToBase)) {
      // std::move's xvalue-ness must not be lost below a cast.
      if (Cast->getSubExpr()->getValueKind() != E->getValueKind() &&
          E->isXValue())
        return E;
      E = Cast->getSubExpr();
    } else {
      return E;
    }
  }
}

Operand FunctionLowering::takeOwner(const Expr *E, QualType Target) {
  SourceLocation L = E->getExprLoc();
  const Expr *From = stripOwner(E);
  QualType T = From->getType();
  OwnerKind K = ownerKind(T);
  markTaken(From);
  if (K == OwnerKind::None)
    return boxValue(From, Target);
  Value V = valueOf(From);
  if (V.Kind == Value::R)
    return V.O;
  facts::Place P = placeOfValue(V, From);
  if (From->isXValue() || From->isPRValue())
    return moveOut(P, L);
  return copyOwner(P, T, L);
}

/// An owner made from something that is none: a raw pointer, a closure, a
/// value.
Operand FunctionLowering::boxValue(const Expr *E, QualType Target) {
  SourceLocation L = E->getExprLoc();
  QualType T = E->getType();
  if (const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
      RD && RD->getIdentifier() && RD->getName() == "nullopt_t")
    return nullOp();
  OwnerKind K = ownerKind(Target);
  if (T->isNullPtrType())
    return nullOp();
  if (T->isAnyPointerType() || T->isFunctionType()) {
    Operand V = operandOf(E);
    if (K == OwnerKind::Unique || K == OwnerKind::Shared ||
        K == OwnerKind::Function)
      return V;
    emitUse(V, L);
    return emitNew(T, /*Zeroed=*/false, L);
  }
  if (const auto *List = dyn_cast<InitListExpr>(E);
      List && List->getNumInits() == 0)
    return nullOp();
  Operand Box = emitNew(T, /*Zeroed=*/false, L);
  if (T->isRecordType()) {
    emitCopy(derefPlace(Box, T), placeOf(E), L, /*Init=*/true);
  } else if (T->isScalarType()) {
    Operand V = E->isGLValue() ? emitLoad(placeOf(E), L) : operandOf(E);
    emitStore(derefPlace(Box, T), V, L, /*Init=*/true);
  } else {
    useOperands(E);
  }
  return Box;
}

Value FunctionLowering::lowerOwnerConstruct(const CXXConstructExpr *E) {
  QualType T = E->getType();
  SourceLocation L = E->getExprLoc();
  SmallVector<const Expr *, 4> Args;
  for (const Expr *Arg : E->arguments())
    if (!Arg->isDefaultArgument())
      Args.push_back(Arg);
  if (Args.empty())
    return Value::operand(nullOp());
  QualType First = Args[0]->getType();
  OwnerKind K = ownerKind(T);
  bool FromSameFamily = ownerKind(First) != OwnerKind::None &&
                        isContainer(T) == isContainer(First);
  if (E->getConstructor()->isCopyOrMoveConstructor() ||
      (FromSameFamily && K != OwnerKind::Optional &&
       (K != OwnerKind::ValueContainer || isContainer(T))))
    return Value::operand(takeOwner(Args[0], T));
  if (isContainer(T)) {
    for (const Expr *Arg : Args)
      if (Arg->getType()->isAnyPointerType())
        emitUse(operandOf(Arg), L);
    return Value::operand(emitNew(ownedType(T), /*Zeroed=*/false, L));
  }
  return Value::operand(takeOwner(Args[0], T));
}

/// The owner that a member call or operator acts on, or null.
static const Expr *ownerObject(const CallExpr *E) {
  const Expr *Object = nullptr;
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(E))
    Object = MC->getImplicitObjectArgument();
  else if (const auto *OC = dyn_cast<CXXOperatorCallExpr>(E))
    Object = OC->getNumArgs() ? OC->getArg(0) : nullptr;
  return Object;
}

bool FunctionLowering::lowerOwnerCall(const CallExpr *E,
                                      const FunctionDecl *Callee, Value &Out) {
  if (Callee && inStd(Callee) && lowerStdFunction(E, Callee, Out))
    return true;
  const Expr *Object = ownerObject(E);
  if (!Object)
    return false;
  QualType T = Object->IgnoreParenImpCasts()->getType();
  if (T->isPointerType())
    T = T->getPointeeType();
  if (isStdArray(T))
    return arrayMethod(E, Object->IgnoreParenImpCasts(), T, Out);
  if (isStdAtomic(T))
    return atomicMethod(E, Object->IgnoreParenImpCasts(), T, Out);
  OwnerKind K = ownerKind(T);
  if (K == OwnerKind::None) {
    // `nullptr == p`
    const auto *OC = dyn_cast<CXXOperatorCallExpr>(E);
    if (OC && OC->getNumArgs() == 2 && OC->isComparisonOp() &&
        ownerKind(OC->getArg(1)->IgnoreParenImpCasts()->getType()) !=
            OwnerKind::None)
      return ownerComparison(OC, Out);
    return false;
  }
  if (isContainer(T))
    return containerCall(E, Object->IgnoreParenImpCasts(), T, Out);
  return ownerCall(E, Object->IgnoreParenImpCasts(), T, Out);
}

facts::Place FunctionLowering::objectPlace(const Expr *Object, QualType T) {
  if (Object->getType()->isPointerType())
    return pointee(Object, T);
  return placeOf(Object);
}

/// What a member function of a library class returns when nothing is known of
/// it.
Value FunctionLowering::unknownResult(const CallExpr *E) {
  QualType T = E->getType();
  if (E->isGLValue())
    return Value::place(derefPlace(opaqueOp(), T));
  if (T->isRecordType() && ownerKind(T) == OwnerKind::None) {
    auto It = Destinations.find(E);
    facts::Place P =
        It != Destinations.end() ? It->second : localPlace(newTemp(T));
    emitOn(Op::Havoc, P, E->getExprLoc(), /*Init=*/true);
    return Value::place(P);
  }
  return Value::operand(opaqueOp());
}

/// Arguments of a call whose body is not looked at: pointers escape.
void FunctionLowering::escapeArgs(ArrayRef<const Expr *> Args) {
  for (const Expr *Arg : Args) {
    QualType T = Arg->getType();
    SourceLocation L = Arg->getExprLoc();
    if (Arg->isDefaultArgument())
      continue;
    if (ownerKind(T) != OwnerKind::None) {
      emitUse(takeOwner(Arg, T), L);
    } else if (T->isAnyPointerType()) {
      Value V = valueOf(Arg);
      emitUse(V.Kind == Value::L ? emitLoad(V.P, L) : operandOfValue(V, L), L);
    } else if (T->isRecordType()) {
      emitUse(emitAddr(placeOf(Arg), L), L);
    }
  }
}

static SmallVector<const Expr *, 4> callArgs(const CallExpr *E) {
  unsigned First = isa<CXXOperatorCallExpr>(E) ? 1 : 0;
  SmallVector<const Expr *, 4> Args;
  for (unsigned I = First; I < E->getNumArgs(); ++I)
    if (!E->getArg(I)->isDefaultArgument())
      Args.push_back(E->getArg(I));
  return Args;
}

/// Member functions and operators of smart pointers, function, optional, any.
bool FunctionLowering::ownerCall(const CallExpr *E, const Expr *Object,
                                 QualType T, Value &Out) {
  SourceLocation L = E->getExprLoc();
  SmallVector<const Expr *, 4> Args = callArgs(E);
  const auto *OC = dyn_cast<CXXOperatorCallExpr>(E);
  if (OC && OC->isComparisonOp())
    return ownerComparison(OC, Out);
  if (OverloadedOperatorKind Operator = operatorOf(E); Operator != OO_None) {
    switch (Operator) {
    case OO_Equal: {
      Operand V = takeOwner(Args[0], T);
      facts::Place P = objectPlace(Object, T);
      assignOwner(P, V, T, L);
      Out = Value::place(P);
      return true;
    }
    case OO_Arrow:
      Out = Value::operand(emitLoad(objectPlace(Object, T), L));
      return true;
    case OO_Star:
      Out = Value::place(
          derefPlace(emitLoad(objectPlace(Object, T), L), E->getType()));
      return true;
    case OO_Subscript: {
      Operand Index = operandOf(Args[0]);
      facts::Place P =
          derefPlace(emitLoad(objectPlace(Object, T), L), E->getType());
      P.Path.push_back(indexElem(Index));
      Out = Value::place(P);
      return true;
    }
    case OO_Call: {
      facts::Instr Call;
      Call.A = emitLoad(objectPlace(Object, T), L);
      for (unsigned I = 0; I < Args.size(); ++I)
        passToLibrary(E->getDirectCallee(), I, Args[I], Call.Args);
      QualType Ret = E->getCallReturnType(Ctx);
      bool Ref = Ret->isReferenceType();
      Out = finishCall(std::move(Call), Ref ? Ret->getPointeeType() : Ret, Ref,
                       L);
      if (!Ref && Ret->isRecordType() && ownerKind(Ret) == OwnerKind::None)
        Out = unknownResult(E);
      return true;
    }
    case OO_Exclaim:
      Out = Value::operand(
          emitCmp(CmpOp::EQ, emitLoad(objectPlace(Object, T), L), nullOp(), L));
      return true;
    default:
      break;
    }
    Operand V = emitLoad(objectPlace(Object, T), L);
    emitUse(V, L);
    escapeArgs(Args);
    Out = unknownResult(E);
    return true;
  }

  const auto *MD = dyn_cast_or_null<CXXMethodDecl>(E->getCalleeDecl());
  if (!MD)
    return false;
  if (isa<CXXConversionDecl>(MD)) {
    Operand V = emitLoad(objectPlace(Object, T), L);
    if (E->getType()->isBooleanType())
      Out = Value::operand(emitCmp(CmpOp::NE, V, nullOp(), L));
    else
      Out = Value::operand(V);
    return true;
  }
  StringRef Name = MD->getIdentifier() ? MD->getName() : StringRef();
  enum M {
    Get,
    Value_,
    Test,
    NotTest,
    Reset,
    Release,
    Swap,
    Emplace,
    Lock,
    Peek,
    Other
  };
  M Which = StringSwitch<M>(Name)
                .Case("get", Get)
                .Cases("value", "operator*", Value_)
                .Cases("has_value", "valid", Test)
                .Cases("expired", "valueless_by_exception", NotTest)
                .Case("reset", Reset)
                .Cases("release", "detach", Release)
                .Case("swap", Swap)
                .Case("emplace", Emplace)
                .Case("lock", Lock)
                .Cases("use_count", "unique", "owner_before", "target_type",
                       "type", Peek)
                .Case("index", Peek)
                .Default(Other);
  facts::Place P = objectPlace(Object, T);
  switch (Which) {
  case Get:
    Out = Value::operand(emitLoad(P, L));
    return true;
  case Value_:
    Out = Value::place(derefPlace(emitLoad(P, L), E->getType()));
    return true;
  case Test:
    Out = Value::operand(emitCmp(CmpOp::NE, emitLoad(P, L), nullOp(), L));
    return true;
  case NotTest:
    Out = Value::operand(emitCmp(CmpOp::EQ, emitLoad(P, L), nullOp(), L));
    return true;
  case Reset: {
    Operand V = Args.empty() ? nullOp() : takeOwner(Args[0], T);
    assignOwner(P, V, T, L);
    Out = Value::operand(opaqueOp());
    return true;
  }
  case Release:
    Out = Value::operand(moveOut(P, L));
    return true;
  case Swap:
    if (Args.size() != 1)
      break;
    swapPlaces(P, placeOf(Args[0]), L);
    Out = Value::operand(opaqueOp());
    return true;
  case Emplace: {
    escapeArgs(Args);
    assignOwner(P, emitNew(ownedType(T), /*Zeroed=*/false, L), T, L);
    Out = unknownResult(E);
    return true;
  }
  case Lock:
    Out = Value::operand(emitLoad(P, L));
    return true;
  case Peek:
    emitLoad(P, L);
    Out = Value::operand(opaqueOp());
    return true;
  case Other:
    break;
  }
  emitUse(emitLoad(P, L), L);
  escapeArgs(Args);
  Out = unknownResult(E);
  return true;
}

bool FunctionLowering::ownerComparison(const CXXOperatorCallExpr *E,
                                       Value &Out) {
  SourceLocation L = E->getOperatorLoc();
  auto Side = [&](const Expr *Arg) {
    const Expr *X = Arg->IgnoreParenImpCasts();
    if (const auto *M = dyn_cast<MaterializeTemporaryExpr>(X))
      X = M->getSubExpr()->IgnoreParenImpCasts();
    if (X->getType()->isNullPtrType())
      return nullOp();
    if (const CXXRecordDecl *RD = X->getType()->getAsCXXRecordDecl();
        RD && RD->getIdentifier() && RD->getName() == "nullopt_t")
      return nullOp();
    OwnerKind K = ownerKind(X->getType());
    if (K == OwnerKind::None)
      return opaqueOp();
    Value V = valueOf(X);
    return V.Kind == Value::R ? V.O : emitLoad(placeOfValue(V, X), L);
  };
  Operand A = Side(E->getArg(0));
  Operand Rhs = E->getNumArgs() > 1 ? Side(E->getArg(1)) : opaqueOp();
  bool Same = E->getOperator() == OO_EqualEqual,
       Differ = E->getOperator() == OO_ExclaimEqual;
  if ((Same || Differ) && A.Kind != Operand::Opaque &&
      Rhs.Kind != Operand::Opaque)
    Out = Value::operand(emitCmp(Same ? CmpOp::EQ : CmpOp::NE, A, Rhs, L));
  else
    Out = unknownResult(E);
  return true;
}

void FunctionLowering::swapPlaces(const facts::Place &P, const facts::Place &Q,
                                  SourceLocation L) {
  Operand A = emitLoad(P, L), B2 = emitLoad(Q, L);
  emitStore(P, B2, L);
  emitStore(Q, A, L);
}

/// std::swap, exchange, make_unique and their like, by name.
bool FunctionLowering::lowerStdFunction(const CallExpr *E,
                                        const FunctionDecl *Callee,
                                        Value &Out) {
  if (!Callee->getIdentifier() || isa<CXXMethodDecl>(Callee))
    return false;
  SourceLocation L = E->getExprLoc();
  StringRef Name = Callee->getName();
  unsigned N = E->getNumArgs();
  if (Name == "swap" && N == 2) {
    QualType T = E->getArg(0)->getType();
    facts::Place P = placeOf(E->getArg(0)), Q = placeOf(E->getArg(1));
    if (T->isRecordType() && ownerKind(T) == OwnerKind::None) {
      facts::Place Temp = localPlace(newTemp(T));
      emitCopy(Temp, P, L, /*Init=*/true);
      emitCopy(P, Q, L);
      emitCopy(Q, Temp, L);
    } else {
      swapPlaces(P, Q, L);
    }
    Out = Value::operand(opaqueOp());
    return true;
  }
  if (Name == "exchange" && N == 2) {
    QualType T = E->getArg(0)->getType();
    if (T->isRecordType() && ownerKind(T) == OwnerKind::None)
      return false;
    facts::Place P = placeOf(E->getArg(0));
    const Expr *Arg = E->getArg(1);
    Operand V;
    if (ownerKind(T) != OwnerKind::None) {
      V = takeOwner(Arg, T);
    } else {
      const Expr *X = stripOwner(Arg);
      V = X->getType()->isNullPtrType() ? nullOp()
          : X->isGLValue()              ? emitLoad(placeOf(X), L)
                                        : operandOf(X);
    }
    Operand Old = emitLoad(P, L);
    emitStore(P, V, L);
    Out = Value::operand(Old);
    return true;
  }
  if (lowerAlternative(E, Name, Out))
    return true;
  if (Name == "invoke" && N >= 1 &&
      ownerKind(E->getArg(0)->getType()) == OwnerKind::Function) {
    facts::Instr Call;
    Call.A = emitLoad(placeOf(E->getArg(0)), L);
    for (const Expr *Arg : ArrayRef<const Expr *>(E->getArgs(), N).drop_front())
      passArgument(Arg, Call.Args);
    finishCall(std::move(Call), Ctx.VoidTy, /*Lvalue=*/false, L);
    Out = unknownResult(E);
    return true;
  }
  if (Name == "make_unique" || Name == "make_shared" ||
      Name == "allocate_shared" || Name == "make_unique_for_overwrite" ||
      Name == "make_shared_for_overwrite" || Name == "make_optional" ||
      Name == "make_any") {
    QualType T = ownedType(E->getType());
    if (T.isNull())
      T = E->getType();
    Operand Ptr = emitNew(T, /*Zeroed=*/false, L);
    ArrayRef<const Expr *> Args(E->getArgs(), N);
    if (Name == "allocate_shared" && !Args.empty())
      Args = Args.drop_front();
    constructWith(Ptr, T, Args, L);
    Out = Value::operand(Ptr);
    return true;
  }
  if (Name.ends_with("_pointer_cast") && N >= 1 &&
      ownerKind(E->getType()) != OwnerKind::None) {
    Out = Value::operand(takeOwner(E->getArg(0), E->getArg(0)->getType()));
    return true;
  }
  return false;
}

/// What a variant or any holds, by the functions that ask for it. Which
/// alternative it is is not followed.
bool FunctionLowering::lowerAlternative(const CallExpr *E, StringRef Name,
                                        Value &Out) {
  bool Visits = Name == "visit";
  if (E->getNumArgs() < 1 ||
      (!Visits && Name != "get" && Name != "get_if" && Name != "any_cast" &&
       Name != "holds_alternative"))
    return false;
  SourceLocation L = E->getExprLoc();
  if (Visits) {
    escapeArgs(ArrayRef<const Expr *>(E->getArgs(), E->getNumArgs()));
    Out = unknownResult(E);
    return true;
  }
  const Expr *Arg = E->getArg(0);
  bool ByAddress = Arg->getType()->isPointerType();
  QualType T = ByAddress ? Arg->getType()->getPointeeType() : Arg->getType();
  if (ownerKind(T) == OwnerKind::None)
    return false;
  facts::Place P = ByAddress ? pointee(Arg, T) : placeOf(Arg);
  Operand Held = emitLoad(P, L);
  if (Name == "holds_alternative") {
    emitCmp(CmpOp::NE, Held, nullOp(), L);
    Out = Value::operand(opaqueOp());
  } else if (ByAddress) {
    emitUse(Held, L);
    Out = Value::operand(opaqueOp());
  } else if (E->isGLValue()) {
    Out = Value::place(derefPlace(Held, E->getType()));
  } else {
    emitUse(Held, L);
    Out = unknownResult(E);
  }
  return true;
}

/// Calls the constructor that a forwarding function would pick, when only one
/// can take that many arguments.
void FunctionLowering::constructWith(Operand Ptr, QualType T,
                                     ArrayRef<const Expr *> Args,
                                     SourceLocation L) {
  const CXXRecordDecl *RD = T->getAsCXXRecordDecl();
  const CXXConstructorDecl *Only = nullptr;
  unsigned Candidates = 0;
  if (RD && RD->hasDefinition() && !B.isSystem(RD->getLocation()))
    for (const CXXConstructorDecl *CD : RD->getDefinition()->ctors()) {
      if (CD->isDeleted() || CD->isCopyOrMoveConstructor() ||
          CD->isVariadic() || Args.size() < CD->getMinRequiredArguments() ||
          Args.size() > CD->getNumParams())
        continue;
      Only = CD;
      ++Candidates;
    }
  if (Candidates != 1 || (Only->isTrivial() && Args.empty()))
    return escapeArgs(Args);
  facts::Instr Call;
  Call.Callee = B.callee(Only);
  Call.Args.push_back(Ptr);
  for (unsigned I = 0; I < Args.size(); ++I) {
    QualType Param = Only->getParamDecl(I)->getType();
    const Expr *X = stripOwner(Args[I]);
    if (Param->isReferenceType())
      Call.Args.push_back(emitAddr(placeOf(Args[I]), L));
    else if (ownerKind(Param) != OwnerKind::None)
      Call.Args.push_back(takeOwner(Args[I], Param));
    else if (Param->isRecordType())
      Call.Args.push_back(emitAddr(placeOf(Args[I]), L));
    else if (X->isGLValue() && X->getType()->isScalarType())
      Call.Args.push_back(emitLoad(placeOf(X), L));
    else if (X->getType()->isNullPtrType())
      Call.Args.push_back(nullOp());
    else
      Call.Args.push_back(X->getType()->isScalarType() ? operandOf(X)
                                                       : opaqueOp());
  }
  finishCall(std::move(Call), Ctx.VoidTy, /*Lvalue=*/false, L);
}
