//===- Fixes.cpp - changes that are safe on every path --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tidy/Fixes.h"
#include "analyzer/extract/UnitBuilder.h"
#include "analyzer/tidy/Deallocation.h"
#include "analyzer/tidy/Session.h"
#include "analyzer/tidy/Surroundings.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Lex/Lexer.h"

using namespace clang;
using namespace llvm;

namespace retsan::tidy {

namespace {

class Repairer {
public:
  Repairer(const Finding &F, const ValueDecl *Subject, UnitResult &Unit,
           bool HasNull)
      : F(F), Subject(Subject), Unit(Unit), Ctx(Unit.Index.context()),
        SM(Ctx.getSourceManager()), Lang(Ctx.getLangOpts()) {
    Null = Lang.CPlusPlus11 ? "nullptr" : HasNull ? "NULL" : "0";
  }

  std::optional<Repair> clearAfterFree();
  std::optional<Repair> exchangeCallback();

private:
  bool written(SourceRange R) const {
    return R.getBegin().isFileID() && R.getEnd().isFileID() &&
           SM.isWrittenInSameFile(R.getBegin(), R.getEnd());
  }
  std::string text(SourceRange R) const {
    return Lexer::getSourceText(CharSourceRange::getTokenRange(R), SM, Lang)
        .str();
  }
  std::optional<Repair> clearAfter(const Statement &At, const Expr *Lvalue);
  std::string key(SourceLocation L) const {
    return std::to_string(L.getRawEncoding());
  }

  /// A store of a constant to a phase variable that \p F's state names.
  struct PhaseStore {
    const BinaryOperator *Assign;
    Statement At;
  };
  bool phaseStores(const FunctionDecl *Fn, SmallVectorImpl<PhaseStore> &Out);
  static bool satisfies(const Atom &A, int64_t Value);

  const Finding &F;
  const ValueDecl *Subject;
  UnitResult &Unit;
  ASTContext &Ctx;
  const SourceManager &SM;
  const LangOptions &Lang;
  StringRef Null;
};

} // namespace

/// `f = NULL;` behind a statement, in its own line if the statement is.
std::optional<Repair> Repairer::clearAfter(const Statement &At,
                                           const Expr *Lvalue) {
  SourceRange Range = At.S->getSourceRange();
  if (!written(Range) || !written(Lvalue->getSourceRange()))
    return std::nullopt;
  SourceLocation After =
      Lexer::findLocationAfterToken(Range.getEnd(), tok::semi, SM, Lang,
                                    /*SkipTrailingWhitespaceAndNewLine=*/false);
  if (After.isInvalid())
    return std::nullopt;
  std::string Clear =
      (Twine(text(Lvalue->getSourceRange())) + " = " + Null + ";").str();
  Repair R;
  R.File = SM.getFileID(After);
  R.Key = key(After);
  if (At.Alone) {
    R.Hints.push_back(FixItHint::CreateInsertion(Range.getBegin(), "{ "));
    R.Hints.push_back(FixItHint::CreateInsertion(After, " " + Clear + " }"));
    return R;
  }
  StringRef Buffer = SM.getBufferData(R.File);
  unsigned Begin = SM.getFileOffset(Range.getBegin());
  unsigned End = SM.getFileOffset(After);
  size_t LineStart = Buffer.rfind('\n', Begin);
  LineStart = LineStart == StringRef::npos ? 0 : LineStart + 1;
  StringRef Indent = Buffer.slice(LineStart, Begin);
  StringRef Rest = Buffer.drop_front(End).take_until(
      [](char C) { return C == '\n' || C == '\r'; });
  bool OwnLine = Indent.trim().empty() && Rest.trim().empty();
  R.Hints.push_back(FixItHint::CreateInsertion(
      After, OwnLine ? ("\n" + Indent + Clear).str() : " " + Clear));
  return R;
}

std::optional<Repair> Repairer::clearAfterFree() {
  auto Here = Unit.Index.accessesAt(Subject, Unit.absolute(F.File), F.Line);
  if (Here.size() != 1)
    return std::nullopt;
  Access A = classify(Here[0], Ctx);
  if (A.What != Role::Released || !repeatable(A.Lvalue) ||
      !certainlyFrees(A.Through, A.Lvalue, Unit.Deallocators) ||
      !A.Lvalue->getType()->isPointerType() ||
      A.Lvalue->isModifiableLvalue(Ctx) != Expr::MLV_Valid)
    return std::nullopt;
  Statement At = statementOf(A.Through, Ctx);
  const FunctionDecl *Fn = At.S ? repairableFunction(At.S, Ctx) : nullptr;
  if (!Fn || readAgain(Fn, A.Through, A.Lvalue, Subject, Unit.Index))
    return std::nullopt;
  return clearAfter(At, A.Lvalue);
}

bool Repairer::satisfies(const Atom &A, int64_t Value) {
  return StringSwitch<bool>(A.Op)
      .Case("==", Value == A.Value)
      .Case("!=", Value != A.Value)
      .Case("<", Value < A.Value)
      .Case("<=", Value <= A.Value)
      .Case(">", Value > A.Value)
      .Case(">=", Value >= A.Value)
      .Case("null", Value == 0)
      .Default(false);
}

/// Fails unless the function stores to each phase variable once, and what makes
/// the state true.
bool Repairer::phaseStores(const FunctionDecl *Fn,
                           SmallVectorImpl<PhaseStore> &Out) {
  for (const SubjectRef &Phase : F.Phases) {
    const ValueDecl *D = Unit.Index.whole(Phase.SubjectId);
    if (!D)
      return false;
    const BinaryOperator *Only = nullptr;
    for (const Expr *E : Unit.Index.accesses(D)) {
      Access A = classify(E, Ctx);
      const auto *Op = dyn_cast_or_null<BinaryOperator>(A.Through);
      bool Writes = A.What == Role::Assigned ||
                    (Op && Op->isCompoundAssignmentOp()) ||
                    (A.Through && isa<UnaryOperator>(A.Through) &&
                     cast<UnaryOperator>(A.Through)->isIncrementDecrementOp());
      if (!Writes || repairableFunction(E, Ctx) != Fn)
        continue;
      if (Only || A.What != Role::Assigned || !Op || A.Lvalue != E)
        return false;
      Only = Op;
    }
    if (!Only)
      return false;
    Expr::EvalResult Value;
    if (!Only->getRHS()->EvaluateAsInt(Value, Ctx))
      return false;
    for (const Atom &A : F.Predicate)
      if (A.SubjectId == Phase.SubjectId &&
          !satisfies(A, Value.Val.getInt().getExtValue()))
        return false;
    Statement At = statementOf(Only, Ctx);
    if (!At.S || !At.Block)
      return false;
    Out.push_back({Only, At});
  }
  return !Out.empty();
}

/// The block's own statement around \p E: `cb()` in `if (cb) cb();` has the if.
static const Stmt *siblingIn(const CompoundStmt *Block, const Expr *E,
                             const SourceManager &SM) {
  for (const Stmt *S : Block->body())
    if (SM.isPointWithin(E->getBeginLoc(), S->getBeginLoc(), S->getEndLoc()))
      return S;
  return nullptr;
}

std::optional<Repair> Repairer::exchangeCallback() {
  const auto *Field = dyn_cast<FieldDecl>(Subject);
  if (!Lang.CPlusPlus14 || !Field || F.Phases.empty() ||
      extract::ownerKind(Field->getType()) != facts::OwnerKind::Function)
    return std::nullopt;
  const CXXOperatorCallExpr *Call = nullptr;
  const Expr *Callback = nullptr;
  for (const Expr *E : Unit.Index.accesses(Subject)) {
    Access A = classify(E, Ctx);
    if (A.What == Role::Read || A.What == Role::Released ||
        (A.What == Role::Called && Call))
      return std::nullopt;
    if (A.What != Role::Called)
      continue;
    Call = cast<CXXOperatorCallExpr>(A.Through);
    Callback = A.Lvalue;
  }
  if (!Call || !repeatable(Callback) || !written(Call->getSourceRange()) ||
      Callback->isModifiableLvalue(Ctx) == Expr::MLV_ConstQualified ||
      Callback->getType().isConstQualified())
    return std::nullopt;
  Statement At = statementOf(Call, Ctx);
  const FunctionDecl *Fn = At.S ? repairableFunction(Call, Ctx) : nullptr;
  SmallVector<PhaseStore, 2> Stores;
  if (!Fn || !phaseStores(Fn, Stores) ||
      readAgain(Fn, Call, Callback, Subject, Unit.Index))
    return std::nullopt;
  // All phases end in the block that makes the call, so that whoever passes
  // one passes the other.
  const CompoundStmt *Block = Stores[0].At.Block;
  const Stmt *CallAt = siblingIn(Block, Call, SM);
  if (!CallAt || (CallAt != At.S && !isa<IfStmt>(CallAt)))
    return std::nullopt;
  bool Before = true;
  for (const PhaseStore &S : Stores) {
    if (S.At.Block != Block)
      return std::nullopt;
    Before &= SM.isBeforeInTranslationUnit(S.Assign->getBeginLoc(),
                                           CallAt->getBeginLoc());
  }
  // Where the call throws before the phase has ended, the callback is still
  // wanted.
  if (!Before && Lang.CXXExceptions)
    return std::nullopt;
  Repair R;
  R.File = SM.getFileID(Call->getBeginLoc());
  R.Key = key(Call->getBeginLoc());
  R.Header = "<utility>";
  R.Hints.push_back(FixItHint::CreateReplacement(
      Callback->getSourceRange(),
      "std::exchange(" + text(Callback->getSourceRange()) + ", nullptr)"));
  return R;
}

std::optional<Repair> findRepair(const Finding &F, const ValueDecl *Subject,
                                 UnitResult &Unit, bool HasNull) {
  Repairer R(F, Subject, Unit, HasNull);
  if (F.Check == "retsan-dangling-field")
    return R.clearAfterFree();
  if (F.Check == "retsan-stale-field" || F.Check == "retsan-live-while")
    return R.exchangeCallback();
  return std::nullopt;
}

} // namespace retsan::tidy
