//===- Cfg.cpp - frames, blocks and terminators
//------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Lower.h"
#include "clang/AST/Attr.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Analysis/Analyses/PostOrderCFGView.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;
using facts::None;
using facts::Op;
using facts::Operand;
using facts::Terminator;

/// A function beyond this is generated code; it is skipped and counted.
static constexpr unsigned MaxElements = 20000;

FunctionLowering::FunctionLowering(UnitBuilder &B, const FunctionDecl *FD)
    : B(B), Ctx(B.Ctx), FD(FD) {}

uint32_t FunctionLowering::addLocal(const VarDecl *VD, bool Param) {
  auto It = Locals.find(VD);
  if (It != Locals.end())
    return It->second;
  facts::Local L;
  L.Name = B.str(VD->getName());
  L.Type = B.type(VD->getType());
  L.Param = Param;
  L.Decl = B.loc(VD->getLocation());
  F.Locals.push_back(L);
  return Locals[VD] = F.Locals.size() - 1;
}

void FunctionLowering::beginFunction() {
  F.Callee = B.callee(FD);
  F.Loc = B.loc(FD->getLocation());
  F.End = B.loc(FD->getBodyRBrace());
  F.ReturnType = B.type(FD->getReturnType());
  F.InMainFile = B.From.isInMainFile(FD->getLocation());
  F.System = B.isSystem(FD->getLocation());
  F.InHeader = !F.InMainFile;
  F.Implicit = FD->isImplicit() || FD->isDefaulted();
  F.TemplateInstance = FD->getTemplateInstantiationPattern() != nullptr;
  for (const FunctionDecl *R : FD->redecls())
    if (!F.ReleasesField)
      F.ReleasesField = B.str(annotation(R, "releases"));
  // What a library does not export, only the library calls.
  F.Private = !isa<CXXMethodDecl>(FD) && FD->isExternallyVisible() &&
              FD->getVisibility() == HiddenVisibility;
  if (const auto *MD = dyn_cast<CXXMethodDecl>(FD)) {
    const CXXRecordDecl *RD = MD->getParent();
    F.Record = B.completeRecord(RD);
    F.Ctor = isa<CXXConstructorDecl>(MD);
    F.Dtor = isa<CXXDestructorDecl>(MD);
    F.Lambda = RD->isLambda();
    F.Private =
        MD->getAccess() == AS_private || MD->getAccess() == AS_protected;
    if (RD->isLambda()) {
      FieldDecl *ThisField = nullptr;
      DenseMap<const ValueDecl *, FieldDecl *> Fields;
      RD->getCaptureFields(Fields, ThisField);
      for (auto [Var, Field] : Fields)
        Captures[Var] = Field;
      ThisCapture = ThisField;
    }
    if (MD->isInstance()) {
      facts::Local This;
      This.Name = B.str("this");
      This.Type =
          B.type(Ctx.getPointerType(MD->getFunctionObjectParameterType()));
      This.Param = true;
      This.Decl = F.Loc;
      ThisLocal = F.Locals.size();
      F.Locals.push_back(This);
    }
  }
  for (const ParmVarDecl *P : FD->parameters())
    addLocal(P, /*Param=*/true);
  F.NumParams = F.Locals.size();
  F.Blocks.emplace_back();
  Cur = 0;
}

void FunctionLowering::finishFunction() {
  B.U.Functions.push_back(std::move(F));
}

/// Edges from every call to its handler are only wanted where there is one.
static bool hasTry(const Stmt *S) {
  SmallVector<const Stmt *, 32> Todo{S};
  while (!Todo.empty()) {
    const Stmt *Next = Todo.pop_back_val();
    if (!Next || isa<LambdaExpr>(Next))
      continue;
    if (isa<CXXTryStmt>(Next))
      return true;
    Todo.append(Next->child_begin(), Next->child_end());
  }
  return false;
}

bool FunctionLowering::run() {
  const Stmt *Body = FD->getBody();
  if (!Body || FD->isInvalidDecl() || FD->isDependentContext())
    return false;
  CFG::BuildOptions Options;
  Options.setAllAlwaysAdd();
  Options.PruneTriviallyFalseEdges = true;
  Options.AddEHEdges = Ctx.getLangOpts().CXXExceptions && hasTry(Body);
  Options.AddInitializers = true;
  Options.AddImplicitDtors = true;
  Options.AddLifetime = false;
  Options.AddTemporaryDtors = true;
  Options.AddCXXNewAllocator = true;
  Options.AddStaticInitBranches = Ctx.getLangOpts().CPlusPlus;
  std::unique_ptr<CFG> G =
      CFG::buildCFG(FD, const_cast<Stmt *>(Body), &Ctx, Options);
  if (!G) {
    B.note(qualifiedName(FD) + ": not lowered, it has no control-flow graph");
    return false;
  }
  size_t Elements = 0;
  for (const CFGBlock *Block : *G)
    Elements += Block->size();
  if (Elements > MaxElements) {
    B.note(qualifiedName(FD) + ": not lowered, " + Twine(Elements) +
           " expressions are more than " + Twine(MaxElements));
    return false;
  }
  beginFunction();
  F.Coroutine = isa<CoroutineBodyStmt>(Body);
  prescan(Body);
  if (const auto *CD = dyn_cast<CXXConstructorDecl>(FD))
    prescanInitializers(CD);
  lowerBlocks(*G);
  finishFunction();
  return true;
}

uint32_t FunctionLowering::target(const CFGBlock *Block) {
  if (!Block)
    return unreachableBlock();
  auto It = BlockIds.find(Block->getBlockID());
  return It != BlockIds.end() ? It->second : unreachableBlock();
}

uint32_t FunctionLowering::unreachableBlock() {
  if (Unreachable == None) {
    Unreachable = F.Blocks.size();
    F.Blocks.emplace_back();
  }
  return Unreachable;
}

uint32_t FunctionLowering::throwBlock() {
  if (ThrowOut == None) {
    ThrowOut = F.Blocks.size();
    F.Blocks.emplace_back().Term.Kind = Terminator::Throw;
  }
  return ThrowOut;
}

void FunctionLowering::lowerBlocks(const CFG &G) {
  PostOrderCFGView Order(&G);
  // The entry is block 0 whatever the order.
  BlockIds[G.getEntry().getBlockID()] = 0;
  for (const CFGBlock *Block : Order)
    if (Block != &G.getEntry()) {
      BlockIds[Block->getBlockID()] = F.Blocks.size();
      F.Blocks.emplace_back();
    }
  for (const CFGBlock *Block : Order) {
    Cur = BlockIds[Block->getBlockID()];
    ReturnValue.reset();
    Throws = false;
    if (isa_and_nonnull<CXXCatchStmt>(Block->getLabel())) {
      F.Blocks[Cur].Handler = true;
      if (const VarDecl *VD =
              cast<CXXCatchStmt>(Block->getLabel())->getExceptionDecl())
        emitOn(Op::Havoc, localPlace(addLocal(VD, /*Param=*/false)),
               VD->getLocation(),
               /*Init=*/true);
    }
    for (const CFGElement &E : *Block)
      lowerElement(E);
    if (ReturnValue)
      ReturnValues[Block->getBlockID()] = *ReturnValue;
    Terminator T = terminator(*Block);
    F.Blocks[Cur].Term = std::move(T);
  }
}

void FunctionLowering::lowerElement(const CFGElement &E) {
  switch (E.getKind()) {
  case CFGElement::Statement:
  case CFGElement::Constructor:
  case CFGElement::CXXRecordTypedCall:
    lowerStmt(E.castAs<CFGStmt>().getStmt());
    return;
  case CFGElement::Initializer:
    lowerInitializer(E.castAs<CFGInitializer>().getInitializer());
    return;
  case CFGElement::NewAllocator:
    lowerNewAllocator(E.castAs<CFGNewAllocator>().getAllocatorExpr());
    return;
  case CFGElement::CleanupFunction: {
    auto Cleanup = E.castAs<CFGCleanupFunction>();
    facts::Instr Call;
    const VarDecl *VD = Cleanup.getVarDecl();
    Call.Callee = B.callee(Cleanup.getFunctionDecl());
    Call.Args.push_back(
        emitAddr(varPlace(VD, VD->getLocation()), VD->getLocation()));
    finishCall(std::move(Call), Ctx.VoidTy, /*Lvalue=*/false,
               VD->getLocation());
    return;
  }
  case CFGElement::AutomaticObjectDtor:
  case CFGElement::DeleteDtor:
  case CFGElement::BaseDtor:
  case CFGElement::MemberDtor:
    lowerDtorElement(E);
    return;
  case CFGElement::TemporaryDtor:
    destroyTemporary(E.castAs<CFGTemporaryDtor>().getBindTemporaryExpr());
    return;
  case CFGElement::LifetimeEnds: {
    auto End = E.castAs<CFGLifetimeEnds>();
    auto It = Locals.find(End.getVarDecl());
    if (It != Locals.end())
      emit(Op::EndLocal, End.getTriggerStmt()->getEndLoc()).Local = It->second;
    return;
  }
  case CFGElement::ScopeBegin:
  case CFGElement::ScopeEnd:
  case CFGElement::LoopExit:
    return;
  }
}

/// The return statement may lie blocks before, with destructors between; all
/// ways must lead back to the same one.
Operand FunctionLowering::returnedBefore(const CFGBlock &Block) const {
  std::optional<unsigned> From;
  SmallVector<const CFGBlock *, 8> Todo{&Block};
  for (unsigned Steps = 0; !Todo.empty(); ++Steps) {
    if (Steps > 16)
      return opaqueOp();
    const CFGBlock *Next = Todo.pop_back_val();
    if (Next->pred_empty())
      return opaqueOp();
    for (const CFGBlock::AdjacentBlock &Adjacent : Next->preds()) {
      const CFGBlock *Pred = Adjacent.getReachableBlock();
      if (!Pred)
        continue;
      if (!ReturnValues.count(Pred->getBlockID()))
        Todo.push_back(Pred);
      else if (From && *From != Pred->getBlockID())
        return opaqueOp();
      else
        From = Pred->getBlockID();
    }
  }
  return From ? ReturnValues.lookup(*From) : opaqueOp();
}

/// The exit block follows: the function returns here.
Terminator FunctionLowering::returnTerminator(const CFGBlock &Block) {
  destroyOwnerParams();
  Terminator T;
  T.Kind = Terminator::Return;
  if (ReturnValue) {
    T.Cond = *ReturnValue;
  } else if (!FD->getReturnType()->isVoidType() &&
             !isa<CXXConstructorDecl>(FD)) {
    T.Cond = returnedBefore(Block);
  }
  return T;
}

static bool returnsTwice(const Expr *E) {
  const auto *Call = dyn_cast<CallExpr>(E->IgnoreParenCasts());
  const FunctionDecl *Callee = Call ? Call->getDirectCallee() : nullptr;
  return Callee && Callee->hasAttr<ReturnsTwiceAttr>();
}

/// For a condition that asks what setjmp returned: its outcome after a longjmp.
static std::optional<bool> trueAfterJump(const Expr *Cond) {
  Cond = Cond->IgnoreParenImpCasts();
  if (const auto *Not = dyn_cast<UnaryOperator>(Cond);
      Not && Not->getOpcode() == UO_LNot) {
    std::optional<bool> Inner = trueAfterJump(Not->getSubExpr());
    return Inner ? std::optional<bool>(!*Inner) : std::nullopt;
  }
  if (const auto *BO = dyn_cast<BinaryOperator>(Cond)) {
    if (BO->getOpcode() == BO_Assign && returnsTwice(BO->getRHS()))
      return true;
    bool Equal = BO->getOpcode() == BO_EQ;
    if (!Equal && BO->getOpcode() != BO_NE)
      return std::nullopt;
    const auto *Zero =
        dyn_cast<IntegerLiteral>(BO->getRHS()->IgnoreParenImpCasts());
    if (!Zero || Zero->getValue() != 0)
      return std::nullopt;
    std::optional<bool> Inner = trueAfterJump(BO->getLHS());
    return Inner ? std::optional<bool>(Equal ? !*Inner : *Inner) : std::nullopt;
  }
  // `int r = setjmp(env); if (r)`.
  if (const auto *Ref = dyn_cast<DeclRefExpr>(Cond))
    if (const auto *VD = dyn_cast<VarDecl>(Ref->getDecl()))
      if (VD->hasLocalStorage() && VD->getInit())
        Cond = VD->getInit();
  return returnsTwice(Cond) ? std::optional<bool>(true) : std::nullopt;
}

Terminator FunctionLowering::switchTerminator(const CFGBlock &Block,
                                              const SwitchStmt *S) {
  Terminator T;
  T.Kind = Terminator::Switch;
  T.Cond = operandOf(S->getCond());
  T.Loc = B.loc(S->getSwitchLoc());
  // Clang puts the default (or what follows the switch) last.
  const CFGBlock *Default = nullptr;
  if (Block.succ_size())
    Default = Block.succ_rbegin()->getReachableBlock();
  T.Succs.push_back(target(Default));
  for (const CFGBlock *Succ : Block.succs()) {
    const auto *Case =
        Succ ? dyn_cast_or_null<CaseStmt>(Succ->getLabel()) : nullptr;
    if (!Case)
      continue;
    B.nameValue(S->getCond(), Case->getLHS(), Case->getKeywordLoc());
    facts::SwitchCase C;
    C.Succ = target(Succ);
    C.Lo = Case->getLHS()
               ->EvaluateKnownConstInt(Ctx)
               .extOrTrunc(64)
               .getSExtValue();
    C.Hi = C.Lo;
    if (Case->getRHS())
      C.Hi = Case->getRHS()
                 ->EvaluateKnownConstInt(Ctx)
                 .extOrTrunc(64)
                 .getSExtValue();
    T.Cases.push_back(C);
    if (F.HasSetjmp && returnsTwice(S->getCond()) && C.Lo != 0)
      F.Blocks[C.Succ].Handler = true;
  }
  return T;
}

Terminator FunctionLowering::terminator(const CFGBlock &Block) {
  Terminator T;
  const Stmt *TermStmt = Block.getTerminatorStmt();
  if (TermStmt)
    T.Loc = B.loc(TermStmt->getBeginLoc());
  if (Block.hasNoReturnElement() && !Throws)
    return T; // Unreachable.
  const CFGBlock *Exit = &Block.getParent()->getExit();
  if (&Block == Exit) {
    destroyOwnerParams();
    T.Kind = Terminator::Return;
    if (!FD->getReturnType()->isVoidType() && !isa<CXXConstructorDecl>(FD))
      T.Cond = opaqueOp();
    return T;
  }
  SmallVector<const CFGBlock *, 4> Succs;
  for (const CFGBlock::AdjacentBlock &Succ : Block.succs())
    Succs.push_back(Succ.getReachableBlock());
  if (Throws) {
    T.Kind = Terminator::Throw;
    if (!Succs.empty() && Succs[0] && Succs[0] != Exit)
      T.Succs.push_back(target(Succs[0]));
    return T;
  }
  if (Block.getTerminator().isTemporaryDtorsBranch() && Block.succ_size() == 2)
    return temporaryBranch(Block);
  if (const auto *S = dyn_cast_or_null<SwitchStmt>(TermStmt))
    return switchTerminator(Block, S);
  if (isa_and_nonnull<CXXTryStmt>(TermStmt)) {
    T.Kind = Terminator::Any;
    for (const CFGBlock *Succ : Succs)
      if (Succ)
        T.Succs.push_back(Succ == Exit ? throwBlock() : target(Succ));
    return T;
  }
  // `asm goto` goes on, or to one of its labels. It is no condition: Clang's
  // getLastCondition() would take it for an expression.
  if (isa_and_nonnull<GCCAsmStmt>(TermStmt)) {
    T.Kind = Terminator::Any;
    for (const CFGBlock *Succ : Succs)
      if (Succ)
        T.Succs.push_back(target(Succ));
    return T;
  }
  if (Succs.empty())
    return T;
  bool StmtBranch = Block.getTerminator().isStmtBranch();
  // A call's second successor is where its exception goes. Out of the function
  // it goes from nearly everywhere: only handlers in the function are followed.
  if (Succs.size() == 2 && !TermStmt &&
      (Succs[1] == Exit || Succs[1] == Succs[0]))
    Succs.pop_back();
  if (Succs.size() == 1) {
    if (Succs[0] == Exit)
      return returnTerminator(Block);
    T.Kind = Terminator::Goto;
    T.Succs.push_back(target(Succs[0]));
    return T;
  }
  // A static local's DeclStmt goes to its initialisation or past it.
  if (Succs.size() == 2 && TermStmt && StmtBranch && !isa<DeclStmt>(TermStmt)) {
    const Expr *Cond = Block.getLastCondition();
    if (!Cond)
      Cond = dyn_cast_or_null<Expr>(Block.getTerminatorCondition());
    // Only one way is possible: the condition is constant.
    if (!Succs[0] || !Succs[1]) {
      const CFGBlock *Only = Succs[0] ? Succs[0] : Succs[1];
      if (Only == Exit)
        return returnTerminator(Block);
      T.Kind = Terminator::Goto;
      T.Succs.push_back(target(Only));
      return T;
    }
    T.Kind = Terminator::Branch;
    T.Cond = Cond ? operandOf(Cond) : opaqueOp();
    T.Succs = {target(Succs[0]), target(Succs[1])};
    // Where longjmp comes back.
    if (std::optional<bool> Jumped =
            F.HasSetjmp && Cond ? trueAfterJump(Cond) : std::nullopt)
      F.Blocks[T.Succs[*Jumped ? 0 : 1]].Handler = true;
    return T;
  }
  T.Kind = Terminator::Any;
  for (const CFGBlock *Succ : Succs)
    if (Succ)
      T.Succs.push_back(target(Succ));
  return T;
}
