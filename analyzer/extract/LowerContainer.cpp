//===- LowerContainer.cpp - containers, std::array, std::atomic
//--------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A container is a pointer to its elements that is null when it is empty:
// clear() stores null, inserting stores a fresh buffer, an element access reads
// through it. std::array and std::atomic are the array and the scalar that they
// wrap.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"
#include "llvm/ADT/StringSwitch.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::BinOp;
using facts::CmpOp;
using facts::Op;
using facts::Operand;
using facts::OwnerKind;

static bool isStdClass(QualType T, StringRef Name) {
  const CXXRecordDecl *RD =
      T.isNull() ? nullptr : T.getNonReferenceType()->getAsCXXRecordDecl();
  return RD && RD->getIdentifier() && RD->getName() == Name && inStd(RD);
}

bool retsan::extract::isStdArray(QualType T) { return isStdClass(T, "array"); }
bool retsan::extract::isStdAtomic(QualType T) {
  return isStdClass(T, "atomic");
}

static SmallVector<const Expr *, 4> callArgs(const CallExpr *E) {
  SmallVector<const Expr *, 4> Args;
  for (unsigned I = isa<CXXOperatorCallExpr>(E) ? 1 : 0; I < E->getNumArgs();
       ++I)
    if (!E->getArg(I)->isDefaultArgument())
      Args.push_back(E->getArg(I));
  return Args;
}

/// The name of the member function or operator that \p E calls.
static StringRef calledName(const CallExpr *E) {
  if (OverloadedOperatorKind Operator = operatorOf(E); Operator != OO_None)
    switch (Operator) {
    case OO_Equal:
      return "=";
    case OO_Subscript:
      return "[]";
    case OO_PlusEqual:
      return "+=";
    case OO_PlusPlus:
      return "++";
    case OO_MinusMinus:
      return "--";
    case OO_MinusEqual:
      return "-=";
    case OO_AmpEqual:
      return "&=";
    case OO_PipeEqual:
      return "|=";
    default:
      return "";
    }
  const auto *MD = dyn_cast_or_null<CXXMethodDecl>(E->getCalleeDecl());
  if (isa_and_nonnull<CXXConversionDecl>(MD))
    return "conversion";
  return MD && MD->getIdentifier() ? MD->getName() : StringRef();
}

bool FunctionLowering::containerCall(const CallExpr *E, const Expr *Object,
                                     QualType T, Value &Out) {
  SourceLocation L = E->getExprLoc();
  OwnerKind K = ownerKind(T);
  StringRef Name = calledName(E);
  SmallVector<const Expr *, 4> Args = callArgs(E);
  const CXXRecordDecl *RD = T.getNonReferenceType()->getAsCXXRecordDecl();
  bool IsMap = RD && RD->getName().contains("map");
  enum M {
    Clear,
    Empty,
    Size,
    Insert,
    Element,
    End,
    Data,
    Swap,
    Assign,
    Remove,
    Reserve,
    Other
  };
  M Which =
      StringSwitch<M>(Name)
          .Case("clear", Clear)
          .Case("empty", Empty)
          .Cases("size", "length", "capacity", "max_size", Size)
          .Cases("push_back", "emplace_back", "push_front", "emplace_front",
                 Insert)
          .Cases("push", "emplace", "insert", "append", "assign", Insert)
          .Cases("insert_or_assign", "try_emplace", "emplace_hint", Insert)
          .Cases("resize", "merge", "splice", "+=", Insert)
          .Cases("[]", "at", Element)
          .Cases("front", "back", "top", End)
          .Cases("data", "c_str", Data)
          .Case("swap", Swap)
          .Case("=", Assign)
          .Cases("erase", "pop_back", "pop_front", "pop", "remove", Remove)
          .Cases("remove_if", "unique", "erase_after", Remove)
          .Cases("reserve", "shrink_to_fit", "rehash", Reserve)
          .Default(Other);
  // Only a vector moves its elements when it grows. Nobody keeps pointers into
  // strings for long: they would only add to the facts.
  bool Moves = RD && RD->getName() == "vector";
  bool Followed = RD && RD->getName() != "basic_string";
  if (Which == Assign) {
    const Expr *Rhs = Args[0];
    Operand V;
    if (Rhs->getType()->isAnyPointerType() || Rhs->getType()->isArrayType() ||
        ownerKind(Rhs->getType()) == OwnerKind::None) {
      const auto *List = dyn_cast<InitListExpr>(Rhs->IgnoreParenImpCasts());
      bool MakesEmpty = List && List->getNumInits() == 0;
      V = MakesEmpty ? nullOp() : emitNew(ownedType(T), /*Zeroed=*/false, L);
    } else {
      V = takeOwner(Rhs, T);
    }
    facts::Place P = objectPlace(Object, T);
    if (Followed)
      emitInvalidate(emitLoad(P, L), /*Maybe=*/false, L);
    assignOwner(P, V, T, L);
    Out = Value::place(P);
    return true;
  }
  facts::Place P = objectPlace(Object, T);
  switch (Which) {
  case Clear: {
    Operand Old = emitLoad(P, L);
    if (Followed)
      emitInvalidate(Old, /*Maybe=*/false, L);
    emitStore(P, nullOp(), L);
    emitFree(Old, K, L);
    Out = Value::operand(opaqueOp());
    return true;
  }
  case Empty:
    Out = Value::operand(emitCmp(CmpOp::EQ, emitLoad(P, L), nullOp(), L));
    return true;
  case Size: {
    // How many there are is not followed; that it was asked is a test.
    emitCmp(CmpOp::NE, emitLoad(P, L), nullOp(), L);
    Out = Value::operand(opaqueOp());
    return true;
  }
  case Insert: {
    escapeArgs(Args);
    Operand Old = emitLoad(P, L);
    emitUse(Old, L);
    if (Moves)
      emitInvalidate(Old, /*Maybe=*/true, L);
    emitStore(P, emitNew(ownedType(T), /*Zeroed=*/false, L), L);
    Out = Name == "+=" || Name == "append" ? Value::place(P) : unknownResult(E);
    return true;
  }
  case Element: {
    Operand Index = opaqueOp();
    if (!IsMap && Args.size() == 1 &&
        Args[0]->getType()->isIntegralOrEnumerationType())
      Index = Args[0]->isGLValue() ? emitLoad(placeOf(Args[0]), L)
                                   : operandOf(Args[0]);
    else
      escapeArgs(Args);
    Operand Buffer = emitLoad(P, L);
    if (IsMap && Name == "[]") {
      // Inserts what is missing.
      emitUse(Buffer, L);
      Buffer = emitNew(ownedType(T), /*Zeroed=*/false, L);
      emitStore(P, Buffer, L);
    }
    facts::Place Elem = derefPlace(Buffer, E->getType());
    Elem.Path.push_back(indexElem(Index));
    Out = Value::place(Elem);
    return true;
  }
  case End: {
    facts::Place Elem = derefPlace(emitLoad(P, L), E->getType());
    Elem.Path.push_back(indexElem(Name == "front" ? intOp(0) : opaqueOp()));
    Out = Value::place(Elem);
    return true;
  }
  case Data:
    Out = Value::operand(emitLoad(P, L));
    return true;
  case Swap:
    if (Args.size() == 1) {
      swapPlaces(P, placeOf(Args[0]), L);
      Out = Value::operand(opaqueOp());
      return true;
    }
    break;
  case Remove: {
    Operand Buffer = emitLoad(P, L);
    emitUse(Buffer, L);
    escapeArgs(Args);
    if (Followed) {
      emitInvalidate(Buffer, /*Maybe=*/true, L);
      QualType ElemType = ownedType(T);
      facts::Place Elem = derefPlace(Buffer, ElemType);
      Elem.Path.push_back(indexElem(opaqueOp()));
      if (ownsMemory(ElemType))
        destroyPlace(Elem, ElemType, L);
    }
    Out = unknownResult(E);
    return true;
  }
  case Reserve: {
    Operand Buffer = emitLoad(P, L);
    emitUse(Buffer, L);
    escapeArgs(Args);
    if (Moves)
      emitInvalidate(Buffer, /*Maybe=*/true, L);
    Out = unknownResult(E);
    return true;
  }
  case Assign:
  case Other:
    break;
  }
  // Iteration and look-up: reads what is there.
  emitUse(emitLoad(P, L), L);
  escapeArgs(Args);
  Out = unknownResult(E);
  return true;
}

bool FunctionLowering::arrayMethod(const CallExpr *E, const Expr *Object,
                                   QualType T, Value &Out) {
  StringRef Name = calledName(E);
  SmallVector<const Expr *, 4> Args = callArgs(E);
  facts::Place P = objectPlace(Object, T);
  auto Element = [&](Operand Index) {
    P.Path.push_back(indexElem(Index));
    P.Type = B.type(ownedType(T));
  };
  if ((Name == "[]" || Name == "at") && Args.size() == 1) {
    Element(operandOf(Args[0]));
    Out = Value::place(P);
    return true;
  }
  if (Name == "front" || Name == "back") {
    Element(Name == "front" ? intOp(0) : opaqueOp());
    Out = Value::place(P);
    return true;
  }
  if (Name == "data" || (Name == "begin" && E->getType()->isPointerType())) {
    Element(intOp(0));
    Out = Value::addressOf(P);
    return true;
  }
  if (Name == "fill") {
    escapeArgs(Args);
    emitOn(Op::Havoc, P, E->getExprLoc());
    Out = Value::operand(opaqueOp());
    return true;
  }
  if (Name == "=" && Args.size() == 1) {
    emitCopy(P, placeOf(Args[0]), E->getExprLoc());
    Out = Value::place(P);
    return true;
  }
  return false;
}

bool FunctionLowering::atomicMethod(const CallExpr *E, const Expr *Object,
                                    QualType T, Value &Out) {
  SourceLocation L = E->getExprLoc();
  StringRef Name = calledName(E);
  SmallVector<const Expr *, 4> Args = callArgs(E);
  facts::Place P = objectPlace(Object, T);
  QualType Inner = ownedType(T);
  if (Name == "load" || Name == "conversion") {
    Out = Value::operand(emitLoad(P, L));
    return true;
  }
  auto Argument = [&](const Expr *X) {
    Value V = valueOf(X);
    return V.Kind == Value::L ? emitLoad(V.P, L) : operandOfValue(V, L);
  };
  if ((Name == "store" || Name == "=") && !Args.empty()) {
    Operand V = Argument(Args[0]);
    emitStore(P, V, L);
    Out = Value::operand(Name == "=" ? V : opaqueOp());
    return true;
  }
  if (Name == "exchange" && !Args.empty()) {
    Operand V = Argument(Args[0]);
    Operand Old = emitLoad(P, L);
    emitStore(P, V, L);
    Out = Value::operand(Old);
    return true;
  }
  if (Name.starts_with("compare_exchange") && Args.size() >= 2) {
    facts::Place Expected = placeOf(Args[0]);
    Operand Old = emitLoad(P, L);
    Operand Want = emitLoad(Expected, L);
    emitOn(Op::Havoc, P, L);
    emitStore(Expected, Old, L);
    Out = Value::operand(emitCmp(CmpOp::EQ, Old, Want, L));
    return true;
  }
  std::optional<BinOp> Bop = StringSwitch<std::optional<BinOp>>(Name)
                                 .Cases("fetch_add", "++", "+=", BinOp::Add)
                                 .Cases("fetch_sub", "--", "-=", BinOp::Sub)
                                 .Cases("fetch_and", "&=", BinOp::And)
                                 .Cases("fetch_or", "|=", BinOp::Or)
                                 .Default(std::nullopt);
  if (!Bop)
    return false;
  bool Step = Name == "++" || Name == "--";
  bool Postfix = Step && E->getNumArgs() == 2;
  Operand Arg = Step || Args.empty() ? intOp(1) : Argument(Args[0]);
  Operand Old = emitLoad(P, L);
  Operand New = emitBin(*Bop, Old, Arg, Inner, L);
  emitStore(P, New, L);
  Out = Value::operand(Postfix || Name.starts_with("fetch") ? Old : New);
  return true;
}
