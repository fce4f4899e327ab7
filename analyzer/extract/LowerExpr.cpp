//===- LowerExpr.cpp - expressions ----------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"
#include "clang/Lex/Lexer.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::BinOp;
using facts::CmpOp;
using facts::Op;
using facts::Operand;
using facts::OwnerKind;

facts::PathElem retsan::extract::indexElem(Operand Index) {
  facts::PathElem E;
  E.Kind = facts::PathElem::AnyIndex;
  if (Index.Kind == Operand::Int && Index.Value >= 0 &&
      Index.Value < UINT32_MAX) {
    E.Kind = facts::PathElem::ConstIndex;
    E.Index = static_cast<uint32_t>(Index.Value);
  }
  if (Index.Kind == Operand::Reg)
    E.Reg = static_cast<uint32_t>(Index.Value);
  return E;
}

/// \p P is an element of an array; the element \p Index further on.
static bool advanceElement(facts::Place &P, Operand Index) {
  if (P.Path.empty() || P.Path.back().Kind == facts::PathElem::Field)
    return false;
  facts::PathElem &Last = P.Path.back();
  if (Last.Kind == facts::PathElem::ConstIndex && Index.Kind == Operand::Int)
    Last = indexElem(intOp(static_cast<int64_t>(Last.Index) + Index.Value));
  else if (Last.Kind == facts::PathElem::ConstIndex && Last.Index == 0)
    Last = indexElem(Index); // `&a[0]` is what an array decays to.
  else
    Last = indexElem(opaqueOp());
  return true;
}

/// Whether a literal at \p L is `__LINE__`: where the code is, and not what it
/// does. A line that is added somewhere above must not be an edit of all
/// functions with an assertion.
static bool isLineNumber(SourceLocation L, const ASTContext &Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  return L.isMacroID() && SM.isWrittenInScratchSpace(SM.getSpellingLoc(L)) &&
         Lexer::getImmediateMacroName(L, SM, Ctx.getLangOpts()) == "__LINE__";
}

Value FunctionLowering::opaque(const Expr *E) {
  useOperands(E);
  if (E->isGLValue())
    return Value::place(derefPlace(opaqueOp(), E->getType()));
  return Value::operand(opaqueOp());
}

Value FunctionLowering::lower(const Expr *E) {
  if (E->isTypeDependent() || E->isValueDependent())
    return Value::operand(opaqueOp());
  switch (E->getStmtClass()) {
  case Stmt::ParenExprClass:
    return valueOf(cast<ParenExpr>(E)->getSubExpr());
  case Stmt::IntegerLiteralClass: {
    if (isLineNumber(E->getExprLoc(), Ctx))
      return Value::operand(intOp(1));
    const APInt &V = cast<IntegerLiteral>(E)->getValue();
    if (V.getSignificantBits() > 64 && V.getActiveBits() > 64)
      return Value::operand(opaqueOp());
    return Value::operand(intOp(static_cast<int64_t>(V.getLimitedValue())));
  }
  case Stmt::CharacterLiteralClass:
    return Value::operand(intOp(cast<CharacterLiteral>(E)->getValue()));
  case Stmt::CXXBoolLiteralExprClass:
    return Value::operand(intOp(cast<CXXBoolLiteralExpr>(E)->getValue()));
  case Stmt::GNUNullExprClass:
  case Stmt::CXXNullPtrLiteralExprClass:
    return Value::operand(nullOp());
  case Stmt::ImplicitValueInitExprClass:
  case Stmt::CXXScalarValueInitExprClass:
    if (E->getType()->isAnyPointerType() ||
        ownerKind(E->getType()) != OwnerKind::None)
      return Value::operand(nullOp());
    return Value::operand(
        E->getType()->isIntegralOrEnumerationType() ? intOp(0) : opaqueOp());
  case Stmt::StringLiteralClass:
  case Stmt::PredefinedExprClass:
  case Stmt::ObjCStringLiteralClass:
  case Stmt::AddrLabelExprClass:
    return Value::operand(strOp());
  case Stmt::UnaryExprOrTypeTraitExprClass:
  case Stmt::OffsetOfExprClass:
  case Stmt::TypeTraitExprClass:
  case Stmt::CXXNoexceptExprClass:
  case Stmt::SizeOfPackExprClass: {
    Expr::EvalResult R;
    if (E->EvaluateAsInt(R, Ctx) && R.Val.getInt().getActiveBits() <= 63)
      return Value::operand(intOp(R.Val.getInt().getExtValue()));
    return Value::operand(opaqueOp());
  }
  case Stmt::DeclRefExprClass:
    return lowerDeclRef(cast<DeclRefExpr>(E)->getDecl(), E);
  case Stmt::MemberExprClass:
    return lowerMember(cast<MemberExpr>(E));
  case Stmt::ArraySubscriptExprClass:
    return lowerSubscript(cast<ArraySubscriptExpr>(E));
  case Stmt::UnaryOperatorClass:
    return lowerUnary(cast<UnaryOperator>(E));
  case Stmt::BinaryOperatorClass:
    return lowerBinary(cast<BinaryOperator>(E));
  case Stmt::CompoundAssignOperatorClass:
    return lowerCompoundAssign(cast<CompoundAssignOperator>(E));
  case Stmt::ConditionalOperatorClass:
  case Stmt::BinaryConditionalOperatorClass:
    return lowerConditional(cast<AbstractConditionalOperator>(E));
  case Stmt::ImplicitCastExprClass:
  case Stmt::CStyleCastExprClass:
  case Stmt::CXXStaticCastExprClass:
  case Stmt::CXXReinterpretCastExprClass:
  case Stmt::CXXConstCastExprClass:
  case Stmt::CXXDynamicCastExprClass:
  case Stmt::CXXFunctionalCastExprClass:
  case Stmt::CXXAddrspaceCastExprClass:
  case Stmt::BuiltinBitCastExprClass:
    return lowerCast(cast<CastExpr>(E));
  case Stmt::CallExprClass:
  case Stmt::CXXMemberCallExprClass:
  case Stmt::CXXOperatorCallExprClass:
  case Stmt::UserDefinedLiteralClass:
    return lowerCall(cast<CallExpr>(E));
  case Stmt::AtomicExprClass:
    return lowerAtomic(cast<AtomicExpr>(E));
  case Stmt::StmtExprClass:
    return lowerStmtExpr(cast<StmtExpr>(E));
  case Stmt::InitListExprClass:
  case Stmt::CompoundLiteralExprClass:
  case Stmt::CXXParenListInitExprClass:
    return lowerAggregate(E);
  case Stmt::ConstantExprClass: {
    const auto *C = cast<ConstantExpr>(E);
    if (C->hasAPValueResult() && C->getResultAPValueKind() == APValue::Int &&
        C->getResultAsAPSInt().getSignificantBits() <= 64)
      return Value::operand(intOp(C->getResultAsAPSInt().getExtValue()));
    return valueOf(C->getSubExpr());
  }
  case Stmt::ExprWithCleanupsClass:
    return valueOf(cast<ExprWithCleanups>(E)->getSubExpr());
  case Stmt::CXXBindTemporaryExprClass:
    return valueOf(cast<CXXBindTemporaryExpr>(E)->getSubExpr());
  case Stmt::SubstNonTypeTemplateParmExprClass:
    return valueOf(cast<SubstNonTypeTemplateParmExpr>(E)->getReplacement());
  case Stmt::CXXStdInitializerListExprClass: {
    // Addresses of pointers in a list: who goes through it may write them.
    facts::Instr Give;
    const Expr *List = cast<CXXStdInitializerListExpr>(E)->getSubExpr();
    if (const auto *Elements = dyn_cast<InitListExpr>(List->IgnoreImplicit()))
      for (const Expr *Element : Elements->inits())
        if (Element->getType()->isPointerType() &&
            Element->getType()->getPointeeType()->isPointerType())
          Give.Args.push_back(operandOf(Element));
    if (!Give.Args.empty()) {
      Give.Callee = B.namedCallee("std::initializer_list");
      finishCall(std::move(Give), Ctx.VoidTy, /*Lvalue=*/false,
                 E->getExprLoc());
    }
    return opaque(E);
  }
  case Stmt::MaterializeTemporaryExprClass:
    return lowerTemporary(cast<MaterializeTemporaryExpr>(E));
  case Stmt::CXXDefaultArgExprClass:
    forget(cast<CXXDefaultArgExpr>(E)->getExpr());
    return valueOf(cast<CXXDefaultArgExpr>(E)->getExpr());
  case Stmt::CXXDefaultInitExprClass:
    forget(cast<CXXDefaultInitExpr>(E)->getExpr());
    return valueOf(cast<CXXDefaultInitExpr>(E)->getExpr());
  case Stmt::OpaqueValueExprClass:
    if (const Expr *Source = cast<OpaqueValueExpr>(E)->getSourceExpr())
      return valueOf(Source);
    return Value::operand(opaqueOp());
  case Stmt::PseudoObjectExprClass:
    return opaque(E);
  case Stmt::CXXRewrittenBinaryOperatorClass:
    return valueOf(cast<CXXRewrittenBinaryOperator>(E)->getSemanticForm());
  case Stmt::ChooseExprClass:
    return valueOf(cast<ChooseExpr>(E)->getChosenSubExpr());
  case Stmt::GenericSelectionExprClass:
    return valueOf(cast<GenericSelectionExpr>(E)->getResultExpr());
  case Stmt::CXXThisExprClass:
    if (ThisCapture && !ThisCapture->getType()->isPointerType())
      return Value::addressOf(
          fieldPlace(thisPlace(E->getExprLoc()), ThisCapture));
    if (ThisCapture)
      return Value::operand(
          emitLoad(fieldPlace(thisPlace(E->getExprLoc()), ThisCapture),
                   E->getExprLoc()));
    if (ThisLocal == facts::None)
      return Value::operand(opaqueOp());
    return Value::operand(emitLoad(localPlace(ThisLocal), E->getExprLoc()));
  case Stmt::CXXConstructExprClass:
  case Stmt::CXXTemporaryObjectExprClass:
    return lowerConstruct(cast<CXXConstructExpr>(E));
  case Stmt::CXXNewExprClass:
    return lowerNew(cast<CXXNewExpr>(E));
  case Stmt::CXXDeleteExprClass:
    lowerDelete(cast<CXXDeleteExpr>(E));
    return Value::operand(opaqueOp());
  case Stmt::LambdaExprClass:
    return lowerLambda(cast<LambdaExpr>(E));
  case Stmt::CXXThrowExprClass:
    useOperands(E);
    Throws = true;
    return Value::operand(opaqueOp());
  case Stmt::CoawaitExprClass:
  case Stmt::CoyieldExprClass: {
    // Others run here, as during a call that blocks.
    facts::Instr Wait;
    Wait.Callee = B.namedCallee("co_await");
    finishCall(std::move(Wait), Ctx.VoidTy, /*Lvalue=*/false, E->getExprLoc());
    return valueOf(cast<CoroutineSuspendExpr>(E)->getResumeExpr());
  }
  case Stmt::VAArgExprClass:
  case Stmt::FloatingLiteralClass:
  case Stmt::ImaginaryLiteralClass:
  case Stmt::FixedPointLiteralClass:
    return Value::operand(opaqueOp());
  default:
    return opaque(E);
  }
}

Value FunctionLowering::lowerDeclRef(const ValueDecl *D, const Expr *E) {
  SourceLocation L = E->getExprLoc();
  if (const auto *EC = dyn_cast<EnumConstantDecl>(D)) {
    const APSInt &V = EC->getInitVal();
    return Value::operand(V.getSignificantBits() <= 64 ? intOp(V.getExtValue())
                                                       : opaqueOp());
  }
  // Calls look at the callee's expression themselves: here the address is
  // taken.
  if (const auto *Fn = dyn_cast<FunctionDecl>(D))
    return Value::operand({Operand::Func, static_cast<int64_t>(B.callee(Fn))});
  if (const auto *BD = dyn_cast<BindingDecl>(D)) {
    if (const VarDecl *Holding = BD->getHoldingVar())
      return Value::place(varPlace(Holding, L));
    if (const Expr *Binding = BD->getBinding()) {
      forget(Binding);
      return valueOf(Binding);
    }
  }
  if (const auto *VD = dyn_cast<VarDecl>(D))
    return Value::place(varPlace(VD, L));
  return opaque(E);
}

Value FunctionLowering::lowerMember(const MemberExpr *E) {
  const ValueDecl *D = E->getMemberDecl();
  const auto *Field = dyn_cast<FieldDecl>(D);
  if (!Field)
    return lowerDeclRef(D, E);
  const Expr *Base = E->getBase();
  facts::Place P;
  if (E->isArrow())
    P = pointee(Base, Base->getType()->getPointeeType());
  else
    P = placeOf(Base);
  P = fieldPlace(std::move(P), Field);
  if (Field->getType()->isReferenceType())
    P = derefPlace(emitLoad(P, E->getExprLoc()),
                   Field->getType()->getPointeeType());
  return Value::place(std::move(P));
}

Value FunctionLowering::lowerSubscript(const ArraySubscriptExpr *E) {
  if (!E->getBase()->getType()->isPointerType())
    return opaque(E);
  Operand Index = operandOf(E->getIdx());
  Value Base = valueOf(E->getBase());
  if (Base.Kind == Value::AddrL) {
    facts::Place P = Base.P;
    if (advanceElement(P, Index))
      return Value::place(std::move(P));
    if (Index.Kind == Operand::Int && Index.Value == 0)
      return Value::place(std::move(P));
  }
  facts::Place P = derefPlace(operandOf(E->getBase()), E->getType());
  P.Path.push_back(indexElem(Index));
  return Value::place(std::move(P));
}

Value FunctionLowering::lowerUnary(const UnaryOperator *E) {
  const Expr *Sub = E->getSubExpr();
  SourceLocation L = E->getExprLoc();
  switch (E->getOpcode()) {
  case UO_AddrOf: {
    Value V = valueOf(Sub);
    if (V.Kind == Value::L)
      return Value::addressOf(V.P);
    if (V.Kind == Value::R && V.O.Kind == Operand::Func)
      B.U.Callees[V.O.Value].AddressTaken = true;
    return V;
  }
  case UO_Deref: {
    if (E->getType()->isFunctionType())
      return valueOf(Sub);
    return Value::place(pointee(Sub, E->getType()));
  }
  case UO_PreInc:
  case UO_PreDec:
  case UO_PostInc:
  case UO_PostDec:
    return lowerIncDec(E);
  case UO_Plus:
  case UO_Extension:
    return valueOf(Sub);
  case UO_LNot:
    return Value::operand(emitNot(operandOf(Sub), L));
  case UO_Minus:
    if (!E->getType()->isIntegralOrEnumerationType())
      return Value::operand(opaqueOp());
    return Value::operand(
        emitBin(BinOp::Sub, intOp(0), operandOf(Sub), E->getType(), L));
  case UO_Not:
    if (!E->getType()->isIntegralOrEnumerationType())
      return Value::operand(opaqueOp());
    return Value::operand(
        emitBin(BinOp::Xor, operandOf(Sub), intOp(-1), E->getType(), L));
  default:
    return opaque(E);
  }
}

Value FunctionLowering::lowerIncDec(const UnaryOperator *E) {
  facts::Place P = placeOf(E->getSubExpr());
  SourceLocation L = E->getExprLoc();
  Operand Old = emitLoad(P, L);
  Operand New = E->getType()->isFloatingType()
                    ? opaqueOp()
                    : emitBin(E->isIncrementOp() ? BinOp::Add : BinOp::Sub, Old,
                              intOp(1), E->getType(), L);
  emitStore(P, New, L);
  if (E->isPostfix())
    return Value::operand(Old);
  return E->isGLValue() ? Value::place(P) : Value::operand(New);
}

static std::optional<BinOp> arithmetic(BinaryOperatorKind K) {
  switch (K) {
  case BO_Add:
  case BO_AddAssign:
    return BinOp::Add;
  case BO_Sub:
  case BO_SubAssign:
    return BinOp::Sub;
  case BO_Mul:
  case BO_MulAssign:
    return BinOp::Mul;
  case BO_Div:
  case BO_DivAssign:
    return BinOp::Div;
  case BO_Rem:
  case BO_RemAssign:
    return BinOp::Rem;
  case BO_And:
  case BO_AndAssign:
    return BinOp::And;
  case BO_Or:
  case BO_OrAssign:
    return BinOp::Or;
  case BO_Xor:
  case BO_XorAssign:
    return BinOp::Xor;
  case BO_Shl:
  case BO_ShlAssign:
    return BinOp::Shl;
  case BO_Shr:
  case BO_ShrAssign:
    return BinOp::Shr;
  default:
    return std::nullopt;
  }
}

static std::optional<CmpOp> comparison(BinaryOperatorKind K) {
  switch (K) {
  case BO_EQ:
    return CmpOp::EQ;
  case BO_NE:
    return CmpOp::NE;
  case BO_LT:
    return CmpOp::LT;
  case BO_LE:
    return CmpOp::LE;
  case BO_GT:
    return CmpOp::GT;
  case BO_GE:
    return CmpOp::GE;
  default:
    return std::nullopt;
  }
}

Value FunctionLowering::lowerBinary(const BinaryOperator *E) {
  SourceLocation L = E->getOperatorLoc();
  if (E->getOpcode() == BO_Assign)
    return lowerAssign(E);
  if (E->getOpcode() == BO_Comma) {
    valueOf(E->getLHS());
    return valueOf(E->getRHS());
  }
  if (E->isLogicalOp())
    return lowerLogical(E);
  if (std::optional<CmpOp> Cop = comparison(E->getOpcode())) {
    Operand A = operandOf(E->getLHS()), Rhs = operandOf(E->getRHS());
    if (E->getLHS()->getType()->isRealFloatingType())
      return Value::operand(opaqueOp());
    B.nameValue(E->getLHS(), E->getRHS(), L);
    B.nameValue(E->getRHS(), E->getLHS(), L);
    return Value::operand(emitCmp(*Cop, A, Rhs, L));
  }
  if (arithmetic(E->getOpcode()))
    return lowerArith(E);
  if (E->isPtrMemOp() &&
      !E->getType()->isSpecificBuiltinType(BuiltinType::BoundMember)) {
    // Which member it is, is not known: any of that type.
    QualType Record = E->getLHS()->getType();
    facts::Place Object;
    if (E->getOpcode() == BO_PtrMemI) {
      Record = Record->getPointeeType();
      Object = derefPlace(operandOf(E->getLHS()), Record);
    } else {
      Object = placeOf(E->getLHS());
    }
    if (const RecordDecl *RD = Record->getAsRecordDecl())
      for (const FieldDecl *Field : RD->fields())
        if (Ctx.hasSameUnqualifiedType(Field->getType(), E->getType()))
          emitOn(Op::Havoc, fieldPlace(Object, Field), L);
    return Value::place(derefPlace(opaqueOp(), E->getType()));
  }
  return opaque(E);
}

Value FunctionLowering::lowerArith(const BinaryOperator *E) {
  SourceLocation L = E->getOperatorLoc();
  QualType T = E->getType();
  if (T->isPointerType()) {
    bool PtrLeft = E->getLHS()->getType()->isPointerType();
    const Expr *Ptr = PtrLeft ? E->getLHS() : E->getRHS();
    const Expr *Index = PtrLeft ? E->getRHS() : E->getLHS();
    Operand I = operandOf(Index);
    Value V = valueOf(Ptr);
    if (V.Kind == Value::AddrL) {
      facts::Place P = V.P;
      Operand Step = I;
      if (E->getOpcode() == BO_Sub)
        Step = I.Kind == Operand::Int ? intOp(-I.Value) : opaqueOp();
      if (advanceElement(P, Step))
        return Value::addressOf(std::move(P));
    }
    Operand Base = operandOf(Ptr);
    return Value::operand(emitBin(*arithmetic(E->getOpcode()), Base, I, T, L));
  }
  // `flags >> 3 & 1` tests one bit, as `flags & 8` does.
  if (E->getOpcode() == BO_And)
    if (const auto *Shift =
            dyn_cast<BinaryOperator>(E->getLHS()->IgnoreParenImpCasts());
        Shift && Shift->getOpcode() == BO_Shr) {
      Operand One = operandOf(E->getRHS()), By = operandOf(Shift->getRHS());
      if (One.Kind == Operand::Int && One.Value == 1 &&
          By.Kind == Operand::Int && By.Value >= 0 && By.Value < 63) {
        Operand Bit =
            emitBin(BinOp::And, operandOf(Shift->getLHS()),
                    intOp(int64_t(1) << By.Value), Shift->getType(), L);
        return Value::operand(emitCmp(CmpOp::NE, Bit, intOp(0), L));
      }
    }
  Operand A = operandOf(E->getLHS()), Rhs = operandOf(E->getRHS());
  if (!T->isIntegralOrEnumerationType())
    return Value::operand(opaqueOp());
  if (E->getOpcode() == BO_And)
    B.nameValue(E->getLHS(), E->getRHS(), L);
  return Value::operand(emitBin(*arithmetic(E->getOpcode()), A, Rhs, T, L));
}

Value FunctionLowering::lowerAssign(const BinaryOperator *E) {
  SourceLocation L = E->getOperatorLoc();
  const Expr *Lhs = E->getLHS(), *Rhs = E->getRHS();
  facts::Place P = placeOf(Lhs);
  if (E->getType()->isRecordType()) {
    emitCopy(P, placeOf(Rhs), L);
    return Value::place(std::move(P));
  }
  Operand V = operandOf(Rhs);
  if (const FieldDecl *Bits = Lhs->getSourceBitField();
      Bits && V.Kind == Operand::Int)
    V = intOp(wrap(V.Value, Bits->getBitWidthValue(Ctx),
                   Bits->getType()->isSignedIntegerOrEnumerationType()));
  B.nameValue(Lhs, Rhs, L);
  emitStore(P, V, L);
  return E->isGLValue() ? Value::place(std::move(P)) : Value::operand(V);
}

Value FunctionLowering::lowerCompoundAssign(const CompoundAssignOperator *E) {
  SourceLocation L = E->getOperatorLoc();
  facts::Place P = placeOf(E->getLHS());
  Operand Rhs = operandOf(E->getRHS());
  Operand Old = emitLoad(P, L), New = opaqueOp();
  if (E->getComputationResultType()->isIntegralOrEnumerationType() ||
      E->getType()->isPointerType())
    New = emitBin(*arithmetic(E->getOpcode()), Old, Rhs, E->getType(), L);
  if (E->getOpcode() == BO_OrAssign || E->getOpcode() == BO_AndAssign)
    B.nameValue(E->getLHS(), E->getRHS(), L);
  emitStore(P, New, L);
  return E->isGLValue() ? Value::place(std::move(P)) : Value::operand(New);
}

/// The last operand that is evaluated decides `&&` and `||`: each operand's
/// block ends by moving its truth to the result, and a later one overwrites it.
Value FunctionLowering::lowerLogical(const BinaryOperator *E) {
  uint32_t Dst = newReg();
  SmallVector<const Expr *, 8> Todo{E}, Leaves;
  while (!Todo.empty()) {
    const Expr *Part = Todo.pop_back_val()->IgnoreParens();
    const auto *BO = dyn_cast<BinaryOperator>(Part);
    if (BO && BO->isLogicalOp() && (BO == E || !evaluated(BO))) {
      Todo.push_back(BO->getRHS());
      Todo.push_back(BO->getLHS());
    } else {
      Leaves.push_back(Part);
    }
  }
  for (const Expr *Leaf : Leaves) {
    auto It = Values.find(Leaf);
    if (It == Values.end())
      continue; // Never evaluated: its block was pruned.
    uint32_t Saved = std::exchange(Cur, It->second.Home);
    Operand V = operandOf(Leaf);
    // A 0/1 result needs no second comparison.
    if (V.Kind == Operand::Reg && !Leaf->isKnownToHaveBooleanValue())
      V = emitCmp(CmpOp::NE, V,
                  Leaf->getType()->isAnyPointerType() ? nullOp() : intOp(0),
                  Leaf->getExprLoc());
    else if (V.Kind == Operand::Int)
      V = intOp(V.Value != 0);
    else if (V.Kind == Operand::Null)
      V = intOp(0);
    else if (V.Kind == Operand::Str || V.Kind == Operand::Func)
      V = intOp(1);
    emitMove(F.Blocks[Cur], Dst, V, E->getType(), Leaf->getExprLoc());
    Cur = Saved;
  }
  return Value::operand(regOp(Dst));
}

Value FunctionLowering::lowerConditional(const AbstractConditionalOperator *E) {
  QualType T = E->getType();
  if (T->isVoidType())
    return Value::operand(opaqueOp());
  bool ByPlace =
      E->isGLValue() || (T->isRecordType() && ownerKind(T) == OwnerKind::None);
  uint32_t Dst = newReg();
  for (const Expr *Arm : {E->getTrueExpr(), E->getFalseExpr()}) {
    const Expr *Part = Arm->IgnoreParens();
    if (const auto *OV = dyn_cast<OpaqueValueExpr>(Part);
        OV && OV->getSourceExpr())
      if (!evaluated(Part))
        Part = OV->getSourceExpr()->IgnoreParens();
    auto It = Values.find(Part);
    if (It == Values.end())
      continue;
    uint32_t Saved = std::exchange(Cur, It->second.Home);
    Operand V;
    if (ByPlace)
      V = emitAddr(placeOf(Part), Part->getExprLoc());
    else
      V = operandOf(Part);
    emitMove(F.Blocks[Cur], Dst, V, ByPlace ? Ctx.getPointerType(T) : T,
             Part->getExprLoc());
    Cur = Saved;
  }
  if (ByPlace)
    return Value::place(derefPlace(regOp(Dst), T));
  return Value::operand(regOp(Dst));
}

Value FunctionLowering::lowerCast(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr();
  SourceLocation L = E->getExprLoc();
  switch (E->getCastKind()) {
  case CK_LValueToRValue: {
    Value V = valueOf(Sub);
    if (V.Kind == Value::R) // A literal's bytes, a function: no memory of ours.
      return V;
    QualType T = E->getType();
    if (T->isRecordType() && ownerKind(T) == OwnerKind::None)
      return V;
    return Value::operand(emitLoad(placeOf(Sub), L));
  }
  case CK_LValueToRValueBitCast:
  case CK_LValueBitCast: {
    facts::Place P = placeOf(Sub);
    P = derefPlace(emitAddr(P, L), E->getType());
    if (E->getCastKind() == CK_LValueBitCast)
      return Value::place(P);
    if (E->getType()->isRecordType())
      return Value::place(P);
    return Value::operand(emitLoad(P, L));
  }
  case CK_ArrayToPointerDecay: {
    Value V = valueOf(Sub);
    if (V.Kind == Value::R)
      return V;
    facts::Place P = placeOf(Sub);
    P.Path.push_back(indexElem(intOp(0)));
    P.Type = B.type(E->getType()->getPointeeType());
    return Value::addressOf(std::move(P));
  }
  case CK_FunctionToPointerDecay: {
    Value V = valueOf(Sub);
    if (V.Kind == Value::R && V.O.Kind == Operand::Func && !Called.count(E))
      B.U.Callees[V.O.Value].AddressTaken = true;
    return V;
  }
  case CK_NullToPointer:
    return Value::operand(nullOp());
  case CK_PointerToBoolean:
    return Value::operand(emitCmp(CmpOp::NE, operandOf(Sub), nullOp(), L));
  case CK_IntegralToBoolean: {
    Operand V = operandOf(Sub);
    if (V.Kind == Operand::Int)
      return Value::operand(intOp(V.Value != 0));
    return Value::operand(emitCmp(CmpOp::NE, V, intOp(0), L));
  }
  case CK_IntegralCast:
  case CK_BooleanToSignedIntegral:
    return lowerIntCast(E);
  case CK_IntegralToPointer: {
    Operand V = operandOf(Sub);
    if (V.Kind == Operand::Int && V.Value == 0)
      return Value::operand(nullOp());
    return Value::operand(V);
  }
  case CK_DerivedToBase:
  case CK_UncheckedDerivedToBase:
    return lowerBaseCast(E);
  case CK_NoOp:
  case CK_BitCast:
  case CK_AddressSpaceConversion:
  case CK_PointerToIntegral:
  case CK_BaseToDerived:
  case CK_Dynamic:
  case CK_ConstructorConversion:
  case CK_UserDefinedConversion:
  case CK_BuiltinFnToFnPtr:
  case CK_NonAtomicToAtomic:
  case CK_AtomicToNonAtomic:
  case CK_CPointerToObjCPointerCast:
  case CK_Dependent:
    return valueOf(Sub);
  case CK_ToVoid:
    valueOf(Sub);
    return Value::operand(opaqueOp());
  default: {
    Operand V = operandOf(Sub);
    if (Sub->getType()->isAnyPointerType())
      emitUse(V, L);
    return Value::operand(opaqueOp());
  }
  }
}

Value FunctionLowering::lowerIntCast(const CastExpr *E) {
  Operand V = operandOf(E->getSubExpr());
  if (V.Kind != Operand::Int)
    return Value::operand(V);
  // Folding with zero applies the new type's width and sign.
  return Value::operand(
      emitBin(BinOp::Add, V, intOp(0), E->getType(), E->getExprLoc()));
}

Value FunctionLowering::lowerBaseCast(const CastExpr *E) {
  const Expr *Sub = E->getSubExpr();
  bool Pointer = E->getType()->isPointerType();
  QualType From = Pointer ? Sub->getType()->getPointeeType() : Sub->getType();
  const CXXRecordDecl *Class = From->getAsCXXRecordDecl();
  // A base class of an owner (__shared_ptr of shared_ptr) is that owner.
  if (!Class || ownerKind(From) != OwnerKind::None || isStdAtomic(From))
    return valueOf(Sub);
  facts::Place P = Pointer ? pointee(Sub, From) : placeOf(Sub);
  for (const CXXBaseSpecifier *Step : E->path()) {
    const CXXRecordDecl *Base = Step->getType()->getAsCXXRecordDecl();
    if (!Base)
      break;
    P = basePlace(std::move(P), Class, Base);
    Class = Base;
  }
  return Pointer ? Value::addressOf(std::move(P)) : Value::place(std::move(P));
}

Value FunctionLowering::lowerStmtExpr(const StmtExpr *E) {
  const auto *Body = E->getSubStmt();
  if (Body->body_empty() || E->getType()->isVoidType())
    return Value::operand(opaqueOp());
  const Stmt *Last = Body->body_back();
  while (const auto *Label = dyn_cast<LabelStmt>(Last))
    Last = Label->getSubStmt();
  if (const auto *Result = dyn_cast<Expr>(Last))
    return valueOf(Result);
  return Value::operand(opaqueOp());
}
