//===- LowerCall.cpp - calls, builtins, atomics
//------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"
#include "clang/Basic/Builtins.h"
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

static bool isPlainRecord(QualType T) {
  return T->isRecordType() && ownerKind(T) == OwnerKind::None;
}

/// Records go by the address of the caller's copy, references by address, the
/// rest by value.
void FunctionLowering::passArgument(const Expr *Arg,
                                    std::vector<Operand> &Args) {
  QualType T = Arg->getType();
  if (Arg->isGLValue()) {
    Args.push_back(emitAddr(placeOf(Arg), Arg->getExprLoc()));
    return;
  }
  if (isPlainRecord(T)) {
    facts::Place Source = placeOf(Arg);
    // A temporary of the caller's is already a copy of its own.
    bool IsTemp = Source.Base == facts::Place::Local && Source.Path.empty() &&
                  F.Locals[Source.BaseIndex].Name == 0;
    if (!IsTemp) {
      facts::Place Copy = localPlace(newTemp(T));
      emitCopy(Copy, Source, Arg->getExprLoc(), /*Init=*/true);
      Source = Copy;
    }
    Args.push_back(emitAddr(Source, Arg->getExprLoc()));
    return;
  }
  if (ownerKind(T) != OwnerKind::None) {
    Args.push_back(takeOwner(Arg, T));
    return;
  }
  Args.push_back(operandOf(Arg));
}

/// Whether library function \p FD only reads what it takes by reference as its
/// argument \p I: by `const T &`, or forwarded.
static bool readsArgument(const FunctionDecl *FD, unsigned I) {
  if (I >= FD->getNumParams())
    return false;
  QualType T = FD->getParamDecl(I)->getType();
  if (T->isRValueReferenceType() ||
      (T->isLValueReferenceType() && T->getPointeeType().isConstQualified()))
    return true;
  const FunctionDecl *Pattern = FD->getTemplateInstantiationPattern();
  if (!Pattern || Pattern->param_empty())
    return false;
  // `T &&` and `T &&...` that became `U &`.
  T = Pattern->getParamDecl(std::min(I, Pattern->getNumParams() - 1))
          ->getType();
  if (const auto *Pack = T->getAs<PackExpansionType>())
    T = Pack->getPattern();
  return T->isRValueReferenceType();
}

/// Whether the parameter is `const T &` for an owner: what stands behind it may
/// read the owner and cannot move from it.
static bool readsOwner(const FunctionDecl *FD, unsigned I, QualType T) {
  if (ownerKind(T) == OwnerKind::None || I >= FD->getNumParams())
    return false;
  QualType To = FD->getParamDecl(I)->getType();
  return To->isLValueReferenceType() && To->getPointeeType().isConstQualified();
}

/// A scalar or an owner that the library, or what it calls, only reads is given
/// to it as a copy, so that the call says nothing of the variable.
void FunctionLowering::passToLibrary(const FunctionDecl *Callee, unsigned I,
                                     const Expr *Arg,
                                     std::vector<Operand> &Args) {
  const bool Owner = readsOwner(Callee, I, Arg->getType());
  if (!inStd(Callee) || !Arg->isGLValue() ||
      !(Owner || (Arg->getType()->isScalarType() && readsArgument(Callee, I))))
    return passArgument(Arg, Args);
  SourceLocation L = Arg->getExprLoc();
  Operand V = emitLoad(placeOf(Arg), L);
  if (Owner || Arg->getType()->isAnyPointerType())
    emitUse(V, L);
  facts::Place Copy = localPlace(newTemp(Arg->getType()));
  emitStore(Copy, V, L, /*Init=*/true);
  Args.push_back(emitAddr(Copy, L));
}

Value FunctionLowering::finishCall(facts::Instr Call, QualType T, bool Lvalue,
                                   SourceLocation L) {
  bool Returns = !T->isVoidType() && (Lvalue || !isPlainRecord(T));
  uint32_t Dst = Returns ? newReg() : facts::None;
  facts::TypeId Ty = Returns ? B.type(Lvalue ? Ctx.getPointerType(T) : T) : 0;
  facts::Instr &I = emit(Op::Call, L);
  Call.Loc = I.Loc;
  Call.InMacro = I.InMacro;
  Call.Opcode = Op::Call;
  Call.Dst = Dst;
  Call.Type = Ty;
  I = std::move(Call);
  if (Lvalue)
    return Value::place(derefPlace(regOp(Dst), T));
  if (Returns)
    return Value::operand(regOp(Dst));
  return Value::operand(opaqueOp());
}

/// An assignment that copies all members as they are, or whose code is the
/// library's.
bool FunctionLowering::copiesBytes(const CXXMethodDecl *MD) const {
  return (MD->isCopyAssignmentOperator() || MD->isMoveAssignmentOperator()) &&
         (MD->isTrivial() || B.isSystem(MD->getLocation()));
}

static bool jumpsAway(const FunctionDecl *FD) {
  return FD && FD->getIdentifier() &&
         StringSwitch<bool>(FD->getName())
             .Cases("longjmp", "_longjmp", "siglongjmp", true)
             .Cases("__longjmp_chk", "__builtin_longjmp", true)
             .Default(false);
}

Value FunctionLowering::lowerCall(const CallExpr *E) {
  SourceLocation L = E->getExprLoc();
  const FunctionDecl *Callee = E->getDirectCallee();
  Value Out;
  if (Callee && lowerBuiltin(E, Callee, Out))
    return Out;
  if (lowerOwnerCall(E, Callee, Out))
    return Out;

  facts::Instr Call;
  unsigned FirstArg = 0;
  if (const auto *MC = dyn_cast<CXXMemberCallExpr>(E)) {
    const CXXMethodDecl *MD = MC->getMethodDecl();
    if (const auto *ME = dyn_cast<MemberExpr>(MC->getCallee()->IgnoreParens());
        MD && ME) {
      Callee = MD;
      facts::Place Object =
          ME->isArrow() ? pointee(ME->getBase(),
                                  ME->getBase()->getType()->getPointeeType())
                        : placeOf(ME->getBase());
      if (copiesBytes(MD) && E->getNumArgs()) {
        emitCopy(Object, placeOf(E->getArg(0)), L);
        return Value::place(Object);
      }
      if (MD->isInstance())
        Call.Args.push_back(emitAddr(Object, L));
      Call.Virtual = MD->isVirtual() && !ME->hasQualifier();
      if (Call.Virtual)
        if (const CXXMethodDecl *Known = MD->getDevirtualizedMethod(
                ME->getBase(), /*IsAppleKext=*/false)) {
          Callee = Known;
          Call.Virtual = false;
        }
    } else {
      // Through a pointer to member.
      for (const Expr *Arg : MC->arguments())
        passArgument(Arg, Call.Args);
      Call.A = opaqueOp();
      return finishCall(std::move(Call), E->getType(), E->isGLValue(), L);
    }
  } else if (isa<CXXOperatorCallExpr>(E)) {
    const auto *MD = dyn_cast_or_null<CXXMethodDecl>(Callee);
    if (MD && E->getNumArgs()) {
      // A static operator() evaluates the object and drops it.
      FirstArg = 1;
      facts::Place Object = placeOf(E->getArg(0));
      if (MD->isInstance())
        Call.Args.push_back(emitAddr(Object, L));
      Call.Virtual = MD->isVirtual();
      if (copiesBytes(MD)) {
        emitCopy(Object, placeOf(E->getArg(1)), L);
        return Value::place(Object);
      }
    }
  }
  if (Callee) {
    Call.Callee = B.callee(Callee);
  } else {
    Call.A = operandOf(E->getCallee());
    if (Call.A.Kind == Operand::Func) {
      Call.Callee = static_cast<uint32_t>(Call.A.Value);
      Call.A = Operand();
    }
  }
  // A longjmp leaves as an exception does; its handler is behind setjmp.
  Throws |= jumpsAway(Callee);
  for (unsigned I = FirstArg; I < E->getNumArgs(); ++I)
    if (Callee)
      passToLibrary(Callee, I - FirstArg, E->getArg(I), Call.Args);
    else
      passArgument(E->getArg(I), Call.Args);

  QualType T = E->getCallReturnType(Ctx);
  if (T->isReferenceType())
    return finishCall(std::move(Call), T->getPointeeType(), /*Lvalue=*/true, L);
  if (!isPlainRecord(T))
    return finishCall(std::move(Call), T, /*Lvalue=*/false, L);
  // A returned record: its members are not known to the caller.
  auto It = Destinations.find(E);
  facts::Place P =
      It != Destinations.end() ? It->second : localPlace(newTemp(T));
  finishCall(std::move(Call), T, /*Lvalue=*/false, L);
  emitOn(Op::Havoc, P, L, /*Init=*/true);
  return Value::place(P);
}

bool FunctionLowering::lowerBuiltin(const CallExpr *E, const FunctionDecl *FD,
                                    Value &Out) {
  if (!FD->getIdentifier())
    return false;
  StringRef Name = FD->getName();
  unsigned Builtin = FD->getBuiltinID();
  switch (Builtin) {
  case Builtin::BI__builtin_expect:
  case Builtin::BI__builtin_expect_with_probability:
  case Builtin::BI__builtin_assume_aligned:
  case Builtin::BI__builtin_launder:
    Out = Value::operand(operandOf(E->getArg(0)));
    return true;
  case Builtin::BImove:
  case Builtin::BIforward:
  case Builtin::BImove_if_noexcept:
  case Builtin::BIas_const:
    Out = Value::place(placeOf(E->getArg(0)));
    return true;
  case Builtin::BIaddressof:
  case Builtin::BI__addressof:
  case Builtin::BI__builtin_addressof:
    Out = Value::addressOf(placeOf(E->getArg(0)));
    return true;
  case Builtin::BI__builtin_constant_p:
    Out = Value::operand(opaqueOp());
    return true;
  case Builtin::BI__builtin_unreachable:
  case Builtin::BI__builtin_trap:
    Out = Value::operand(opaqueOp());
    return true;
  default:
    break;
  }
  if (Name.starts_with("__sync_") && lowerSync(E, Name, Out))
    return true;
  if (FD->isExternC() || Builtin || FD->isInStdNamespace())
    return lowerMemory(E, Name, Out);
  return false;
}

/// The place that \p Ptr points to, as a whole: `arr` is the array, not arr[0].
static facts::Place wholeArray(facts::Place P, UnitBuilder &B,
                               QualType ArrayType) {
  if (!P.Path.empty() && P.Path.back().Kind == facts::PathElem::ConstIndex &&
      P.Path.back().Index == 0) {
    P.Path.pop_back();
    P.Type = B.type(ArrayType);
  }
  return P;
}

/// memset and memcpy of exactly an object are what assignments are.
bool FunctionLowering::lowerMemory(const CallExpr *E, StringRef Name,
                                   Value &Out) {
  enum Kind { Set, BZero, Copy, Neither };
  Kind K =
      StringSwitch<Kind>(Name)
          .Cases("memset", "__builtin_memset", "explicit_memset", Set)
          .Case("__builtin___memset_chk", Set)
          .Cases("bzero", "__builtin_bzero", "explicit_bzero", BZero)
          .Cases("memcpy", "__builtin_memcpy", "__builtin___memcpy_chk", Copy)
          .Cases("memmove", "__builtin_memmove", "__builtin___memmove_chk",
                 Copy)
          .Default(Neither);
  if (K == Neither || E->getNumArgs() < (K == BZero ? 2u : 3u))
    return false;
  SourceLocation L = E->getExprLoc();
  auto Bare = [](const Expr *X) {
    X = X->IgnoreParenCasts();
    return X;
  };
  /// Type and place behind a pointer argument.
  auto Target = [&](const Expr *Arg, QualType &T) {
    const Expr *Inner = Bare(Arg);
    Value V = valueOf(Arg);
    if (Inner->getType()->isArrayType()) {
      T = Inner->getType();
      return V.Kind == Value::AddrL ? wholeArray(V.P, B, T)
                                    : derefPlace(operandOf(Arg), T);
    }
    T = Inner->getType()->isPointerType() ? Inner->getType()->getPointeeType()
                                          : QualType();
    if (V.Kind == Value::AddrL)
      return V.P;
    return derefPlace(operandOf(Arg), T);
  };
  auto KnownSize = [&](QualType T) -> std::optional<int64_t> {
    if (T.isNull() || T->isIncompleteType() || T->isFunctionType() ||
        T->isVariableArrayType() || T->isDependentType())
      return std::nullopt;
    return Ctx.getTypeSizeInChars(T).getQuantity();
  };
  Operand Size = operandOf(E->getArg(K == BZero ? 1 : 2));
  QualType To;
  facts::Place P = Target(E->getArg(0), To);
  std::optional<int64_t> ToSize = KnownSize(To);
  bool Whole = Size.Kind == Operand::Int && ToSize && Size.Value == *ToSize;
  Out = valueOf(E->getArg(0));
  if (K == Copy) {
    QualType From;
    facts::Place Source = Target(E->getArg(1), From);
    if (Whole && To->isRecordType() && KnownSize(From) == ToSize) {
      emitCopy(P, Source, L);
      return true;
    }
    if (Whole && To->isAnyPointerType() && KnownSize(From) == ToSize) {
      emitStore(P, emitLoad(Source, L), L);
      return true;
    }
    // A pointer by way of `void *`: `memcpy(&p, slot, sizeof(p))`.
    auto IsPointer = [](QualType T) {
      return !T.isNull() && T->isAnyPointerType();
    };
    auto IsBytes = [](QualType T, const facts::Place &At) {
      return (T.isNull() || T->isVoidType() || T->isCharType()) &&
             At.Base == facts::Place::Deref && At.Path.empty();
    };
    if (Size.Kind == Operand::Int &&
        ((IsPointer(To) && ToSize == Size.Value && IsBytes(From, Source)) ||
         (IsPointer(From) && KnownSize(From) == Size.Value &&
          IsBytes(To, P)))) {
      P.Type = Source.Type = B.type(IsPointer(To) ? To : From);
      emitStore(P, emitLoad(Source, L), L);
      return true;
    }
    return false;
  }
  Operand Byte = K == BZero ? intOp(0) : operandOf(E->getArg(1));
  bool Zero = Byte.Kind == Operand::Int && Byte.Value == 0;
  // More than one element, from the first on: the elements of an array.
  if (!Whole && Size.Kind == Operand::Int && ToSize && *ToSize > 0 &&
      Size.Value % *ToSize != 0)
    return false;
  if (!Whole) {
    if (To.isNull() || To->isVoidType() || To->isCharType())
      return false;
    facts::PathElem Elem;
    Elem.Kind = facts::PathElem::AnyIndex;
    if (!P.Path.empty() && P.Path.back().Kind == facts::PathElem::ConstIndex)
      P.Path.back() = Elem;
    else
      P.Path.push_back(Elem);
  }
  emitOn(Zero ? Op::Zero : Op::Havoc, P, L);
  return true;
}

/// __sync_*: the old builtins, by name.
bool FunctionLowering::lowerSync(const CallExpr *E, StringRef Name,
                                 Value &Out) {
  SourceLocation L = E->getExprLoc();
  if (E->getNumArgs() == 0) {
    Out = Value::operand(opaqueOp());
    return true;
  }
  QualType T = E->getArg(0)->IgnoreParenImpCasts()->getType();
  T = T->isPointerType() ? T->getPointeeType() : E->getType();
  facts::Place P = pointee(E->getArg(0), T);
  if (Name.contains("lock_release")) {
    emitStore(P, T->isPointerType() ? nullOp() : intOp(0), L);
    Out = Value::operand(opaqueOp());
    return true;
  }
  if (E->getNumArgs() < 2)
    return false;
  Operand Arg = operandOf(E->getArg(1));
  Operand Old = emitLoad(P, L);
  if (Name.contains("compare_and_swap")) {
    // Whether it was stored is not known here.
    emitOn(Op::Havoc, P, L);
    Out = Value::operand(Name.contains("bool") ? emitCmp(CmpOp::EQ, Old, Arg, L)
                                               : Old);
    return true;
  }
  if (Name.contains("lock_test_and_set") || Name.contains("swap")) {
    emitStore(P, Arg, L);
    Out = Value::operand(Old);
    return true;
  }
  BinOp Bop = StringSwitch<BinOp>(Name.drop_front(strlen("__sync_")))
                  .StartsWith("fetch_and_sub", BinOp::Sub)
                  .StartsWith("sub_and", BinOp::Sub)
                  .StartsWith("fetch_and_or", BinOp::Or)
                  .StartsWith("or_and", BinOp::Or)
                  .StartsWith("fetch_and_and", BinOp::And)
                  .StartsWith("and_and", BinOp::And)
                  .StartsWith("fetch_and_xor", BinOp::Xor)
                  .StartsWith("xor_and", BinOp::Xor)
                  .Default(BinOp::Add);
  Operand New = emitBin(Bop, Old, Arg, T, L);
  emitStore(P, New, L);
  Out = Value::operand(Name.contains("_fetch") ? New : Old);
  return true;
}

Value FunctionLowering::lowerAtomic(const AtomicExpr *E) {
  SourceLocation L = E->getExprLoc();
  QualType T = E->getValueType();
  facts::Place P = pointee(E->getPtr(), T);
  P.Type = B.type(T);
  bool Generic = false; // The __atomic_*(ptr, ptr, ...) forms go by address.
  switch (E->getOp()) {
  case AtomicExpr::AO__atomic_load:
    emitStore(pointee(E->getVal1(), T), emitLoad(P, L), L);
    return Value::operand(opaqueOp());
  case AtomicExpr::AO__c11_atomic_load:
  case AtomicExpr::AO__atomic_load_n:
  case AtomicExpr::AO__scoped_atomic_load_n:
    return Value::operand(emitLoad(P, L));
  case AtomicExpr::AO__atomic_store:
    Generic = true;
    [[fallthrough]];
  case AtomicExpr::AO__c11_atomic_init:
  case AtomicExpr::AO__c11_atomic_store:
  case AtomicExpr::AO__atomic_store_n:
  case AtomicExpr::AO__scoped_atomic_store_n: {
    Operand V = Generic ? emitLoad(pointee(E->getVal1(), T), L)
                        : operandOf(E->getVal1());
    emitStore(P, V, L);
    return Value::operand(opaqueOp());
  }
  case AtomicExpr::AO__c11_atomic_exchange:
  case AtomicExpr::AO__atomic_exchange_n:
  case AtomicExpr::AO__scoped_atomic_exchange_n: {
    Operand New = operandOf(E->getVal1());
    Operand Old = emitLoad(P, L);
    emitStore(P, New, L);
    return Value::operand(Old);
  }
  case AtomicExpr::AO__atomic_exchange: {
    Operand New = emitLoad(pointee(E->getVal1(), T), L);
    Operand Old = emitLoad(P, L);
    emitStore(P, New, L);
    emitStore(pointee(E->getVal2(), T), Old, L);
    return Value::operand(opaqueOp());
  }
  default:
    break;
  }
  if (E->isCmpXChg()) {
    // On success the new value is stored, else the expected one is refreshed.
    Operand Old = emitLoad(P, L);
    facts::Place Expected = pointee(E->getVal1(), T);
    Operand Want = emitLoad(Expected, L);
    emitOn(Op::Havoc, P, L);
    emitStore(Expected, Old, L);
    return Value::operand(emitCmp(CmpOp::EQ, Old, Want, L));
  }
  BinOp Bop = BinOp::Add;
  bool NewValue = false;
  switch (E->getOp()) {
  case AtomicExpr::AO__atomic_add_fetch:
    NewValue = true;
    break;
  case AtomicExpr::AO__atomic_sub_fetch:
    NewValue = true;
    [[fallthrough]];
  case AtomicExpr::AO__c11_atomic_fetch_sub:
  case AtomicExpr::AO__atomic_fetch_sub:
    Bop = BinOp::Sub;
    break;
  case AtomicExpr::AO__atomic_and_fetch:
    NewValue = true;
    [[fallthrough]];
  case AtomicExpr::AO__c11_atomic_fetch_and:
  case AtomicExpr::AO__atomic_fetch_and:
    Bop = BinOp::And;
    break;
  case AtomicExpr::AO__atomic_or_fetch:
    NewValue = true;
    [[fallthrough]];
  case AtomicExpr::AO__c11_atomic_fetch_or:
  case AtomicExpr::AO__atomic_fetch_or:
    Bop = BinOp::Or;
    break;
  case AtomicExpr::AO__atomic_xor_fetch:
    NewValue = true;
    [[fallthrough]];
  case AtomicExpr::AO__c11_atomic_fetch_xor:
  case AtomicExpr::AO__atomic_fetch_xor:
    Bop = BinOp::Xor;
    break;
  case AtomicExpr::AO__c11_atomic_fetch_add:
  case AtomicExpr::AO__atomic_fetch_add:
    break;
  default: {
    Operand Old = emitLoad(P, L);
    emitOn(Op::Havoc, P, L);
    return Value::operand(Old);
  }
  }
  Operand Arg = operandOf(E->getVal1());
  Operand Old = emitLoad(P, L);
  Operand New = emitBin(Bop, Old, Arg, T, L);
  emitStore(P, New, L);
  return Value::operand(NewValue ? New : Old);
}
