//===- Lower.h - one function to register code
//-------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Clang's CFG, built so that every subexpression is an element of its own,
// gives the order of evaluation. Each element is lowered once from the values
// of its parts, which are remembered by expression. A value is an operand
// (rvalue), a place (glvalue), or the address of a place that no instruction
// has yet taken:
// `&p->f` and array decay cost nothing when they are subscripted or
// dereferenced.
//
// An expression that the CFG leaves out (default arguments, some initialisers)
// is lowered when its value is first wanted. What is not understood becomes a
// Use of its operands and an opaque value; nothing is fatal.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_EXTRACT_LOWER_H
#define RETSAN_ANALYZER_EXTRACT_LOWER_H

#include "analyzer/extract/UnitBuilder.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Analysis/CFG.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace retsan::extract {

/// What an expression evaluates to.
struct Value {
  enum KindTy : uint8_t {
    Absent,
    R,    ///< The operand O.
    L,    ///< A glvalue: the place P.
    AddrL ///< The address of P, not taken by an instruction yet.
  } Kind = Absent;
  facts::Operand O;
  facts::Place P;
  /// Block in which it became known; arms of ?: move it at that block's end.
  uint32_t Home = facts::None;

  static Value operand(facts::Operand O) {
    Value V;
    V.Kind = R;
    V.O = O;
    return V;
  }
  static Value place(facts::Place P) {
    Value V;
    V.Kind = L;
    V.P = std::move(P);
    return V;
  }
  static Value addressOf(facts::Place P) {
    Value V;
    V.Kind = AddrL;
    V.P = std::move(P);
    return V;
  }
};

inline facts::Operand intOp(int64_t V) { return {facts::Operand::Int, V}; }
inline facts::Operand nullOp() { return {facts::Operand::Null, 0}; }
inline facts::Operand opaqueOp() { return {facts::Operand::Opaque, 0}; }
inline facts::Operand strOp() { return {facts::Operand::Str, 0}; }
inline facts::Operand regOp(uint32_t R) { return {facts::Operand::Reg, R}; }

/// The operator that a call names, also as `a.operator=(b)`, which is how Clang
/// writes the bodies of defaulted operations.
clang::OverloadedOperatorKind operatorOf(const clang::CallExpr *E);

/// The expression that decides how an owner is obtained.
const clang::Expr *stripOwner(const clang::Expr *E);

/// A constant as so many bits hold it: -1 in 32 unsigned ones is 4294967295.
int64_t wrap(int64_t V, unsigned Bits, bool Signed);

/// One step to an array element; AnyIndex unless the index is a small constant.
facts::PathElem indexElem(facts::Operand Index);

class FunctionLowering {
public:
  FunctionLowering(UnitBuilder &B, const clang::FunctionDecl *FD);

  /// Lowers the body into the unit. False if it has none that can be lowered.
  bool run();
  /// Lowers a defaulted operation that has no body in the AST.
  bool runImplicit();

  /// Lambdas met on the way: their call operators are functions of their own.
  llvm::ArrayRef<const clang::LambdaExpr *> lambdas() const { return Lambdas; }

private:
  // Cfg.cpp: the function's frame, blocks and terminators.
  void beginFunction();
  void finishFunction();
  uint32_t addLocal(const clang::VarDecl *VD, bool Param);
  void lowerBlocks(const clang::CFG &G);
  void lowerElement(const clang::CFGElement &E);
  facts::Terminator terminator(const clang::CFGBlock &Block);
  facts::Operand returnedBefore(const clang::CFGBlock &Block) const;
  facts::Terminator returnTerminator(const clang::CFGBlock &Block);
  facts::Terminator switchTerminator(const clang::CFGBlock &Block,
                                     const clang::SwitchStmt *S);
  uint32_t target(const clang::CFGBlock *Block);
  uint32_t unreachableBlock();
  uint32_t throwBlock();
  void destroyOwnerParams();

  // Emit.cpp: instructions, places and the values of expressions.
  facts::Instr &emit(facts::Op Opcode, clang::SourceLocation L);
  uint32_t newReg() { return F.NumRegs++; }
  uint32_t newTemp(clang::QualType T);
  uint32_t addPlace(facts::Place P);
  facts::Place localPlace(uint32_t Local);
  facts::Place derefPlace(facts::Operand Ptr, clang::QualType T);
  facts::Place varPlace(const clang::VarDecl *VD, clang::SourceLocation L);
  facts::Place thisPlace(clang::SourceLocation L);
  facts::Place fieldPlace(facts::Place Base, const clang::FieldDecl *FD);
  facts::Operand emitLoad(const facts::Place &P, clang::SourceLocation L);
  void emitStore(const facts::Place &P, facts::Operand V,
                 clang::SourceLocation L, bool Init = false);
  facts::Operand emitAddr(const facts::Place &P, clang::SourceLocation L);
  facts::Operand emitBin(facts::BinOp Bop, facts::Operand A, facts::Operand B,
                         clang::QualType T, clang::SourceLocation L);
  facts::Operand emitCmp(facts::CmpOp Cop, facts::Operand A, facts::Operand B,
                         clang::SourceLocation L);
  facts::Operand emitNot(facts::Operand A, clang::SourceLocation L);
  void emitUse(facts::Operand A, clang::SourceLocation L);
  void emitFree(facts::Operand A, facts::OwnerKind K, clang::SourceLocation L);
  void emitInvalidate(facts::Operand Storage, bool Maybe,
                      clang::SourceLocation L);
  void emitBranch(facts::Operand Cond, uint32_t Then, uint32_t Else,
                  clang::SourceLocation L);
  void emitOn(facts::Op Opcode, const facts::Place &P, clang::SourceLocation L,
              bool Init = false);
  void emitCopy(const facts::Place &To, const facts::Place &From,
                clang::SourceLocation L, bool Init = false);
  void emitMove(facts::Block &Block, uint32_t Dst, facts::Operand A,
                clang::QualType T, clang::SourceLocation L);
  facts::Operand emitNew(clang::QualType T, bool Zeroed,
                         clang::SourceLocation L);

  Value &valueOf(const clang::Expr *E);
  void forget(const clang::Expr *E);
  /// The value as an operand; takes addresses and decays as needed.
  facts::Operand operandOf(const clang::Expr *E);
  /// The place of a glvalue, or of a record or owner value.
  facts::Place placeOf(const clang::Expr *E);
  facts::Place placeOfValue(Value &V, const clang::Expr *E);
  facts::Operand operandOfValue(Value &V, clang::SourceLocation L);
  /// What pointer expression \p E points to.
  facts::Place pointee(const clang::Expr *E, clang::QualType T);
  bool evaluated(const clang::Expr *E) const { return Values.count(E); }
  /// The values of a statement's parts go where we do not look.
  void useOperands(const clang::Stmt *S);

  // LowerExpr.cpp
  Value lower(const clang::Expr *E);
  Value lowerDeclRef(const clang::ValueDecl *D, const clang::Expr *E);
  Value lowerMember(const clang::MemberExpr *E);
  Value lowerSubscript(const clang::ArraySubscriptExpr *E);
  Value lowerUnary(const clang::UnaryOperator *E);
  Value lowerIncDec(const clang::UnaryOperator *E);
  Value lowerBinary(const clang::BinaryOperator *E);
  Value lowerAssign(const clang::BinaryOperator *E);
  Value lowerCompoundAssign(const clang::CompoundAssignOperator *E);
  Value lowerArith(const clang::BinaryOperator *E);
  Value lowerLogical(const clang::BinaryOperator *E);
  Value lowerConditional(const clang::AbstractConditionalOperator *E);
  Value lowerCast(const clang::CastExpr *E);
  Value lowerBaseCast(const clang::CastExpr *E);
  Value lowerIntCast(const clang::CastExpr *E);
  Value lowerStmtExpr(const clang::StmtExpr *E);
  Value opaque(const clang::Expr *E);

  // LowerInit.cpp: declarations, initialisers, statements.
  void lowerStmt(const clang::Stmt *S);
  void lowerDecl(const clang::VarDecl *VD);
  void lowerAsm(const clang::AsmStmt *S);
  void prescan(const clang::Stmt *S);
  facts::Place staticPlace(const clang::VarDecl *VD);
  void setDestination(const clang::Expr *E, const facts::Place &P);
  void initialise(const facts::Place &P, const clang::Expr *Init,
                  clang::QualType T, clang::SourceLocation L);
  void lowerInitList(const facts::Place &P, const clang::InitListExpr *E,
                     bool Zeroed);
  void initPart(const facts::Place &P, const clang::Expr *Init,
                clang::QualType T, bool Zeroed);
  Value lowerAggregate(const clang::Expr *E);

  // LowerCall.cpp
  Value lowerCall(const clang::CallExpr *E);
  bool lowerBuiltin(const clang::CallExpr *E, const clang::FunctionDecl *FD,
                    Value &Out);
  bool lowerMemory(const clang::CallExpr *E, llvm::StringRef Name, Value &Out);
  bool lowerSync(const clang::CallExpr *E, llvm::StringRef Name, Value &Out);
  Value lowerAtomic(const clang::AtomicExpr *E);
  void passArgument(const clang::Expr *Arg, std::vector<facts::Operand> &Args);
  void passToLibrary(const clang::FunctionDecl *Callee, unsigned I,
                     const clang::Expr *Arg, std::vector<facts::Operand> &Args);
  bool copiesBytes(const clang::CXXMethodDecl *MD) const;
  Value finishCall(facts::Instr I, clang::QualType T, bool Lvalue,
                   clang::SourceLocation L);

  // LowerCxx.cpp: classes, new and delete, lambdas.
  void prescanInitializers(const clang::CXXConstructorDecl *CD);
  facts::Place initializedPlace(facts::Place This,
                                const clang::CXXCtorInitializer *I);
  void lowerInitializer(const clang::CXXCtorInitializer *I);
  Value lowerConstruct(const clang::CXXConstructExpr *E);
  Value lowerNew(const clang::CXXNewExpr *E);
  void lowerNewAllocator(const clang::CXXNewExpr *E);
  void lowerDelete(const clang::CXXDeleteExpr *E);
  Value lowerLambda(const clang::LambdaExpr *E);
  void destroyPlace(const facts::Place &P, clang::QualType T,
                    clang::SourceLocation L);
  /// Ends what an owner of type \p T held in \p Old.
  void dropOwned(facts::Operand Old, clang::QualType T,
                 clang::SourceLocation L);
  void lowerDtorElement(const clang::CFGElement &E);
  void callDestructor(const facts::Place &P, const clang::CXXRecordDecl *RD,
                      clang::SourceLocation L, bool Virtual = false,
                      bool Goes = false);
  facts::Place basePlace(facts::Place P, const clang::CXXRecordDecl *Derived,
                         const clang::CXXRecordDecl *Base);

  // LowerTemporary.cpp: temporaries at the end of their full expression.
  Value lowerTemporary(const clang::MaterializeTemporaryExpr *E);
  void destroyTemporary(const clang::CXXBindTemporaryExpr *E);
  bool destroysTemporaries(const clang::CFGBlock *Block) const;
  facts::Terminator temporaryBranch(const clang::CFGBlock &Block);
  void markTaken(const clang::Expr *E);

  // Implicit.cpp: what the compiler writes.
  void implicitConstructor(const clang::CXXConstructorDecl *CD);
  void implicitDestructor(const clang::CXXDestructorDecl *DD);
  void implicitAssignment(const clang::CXXMethodDecl *MD);
  void memberwise(const clang::CXXMethodDecl *MD, bool Init);

  // LowerOwner.cpp: smart pointers, functions, optionals.
  bool lowerOwnerCall(const clang::CallExpr *E,
                      const clang::FunctionDecl *Callee, Value &Out);
  bool lowerStdFunction(const clang::CallExpr *E,
                        const clang::FunctionDecl *Callee, Value &Out);
  bool lowerAlternative(const clang::CallExpr *E, llvm::StringRef Name,
                        Value &Out);
  bool ownerCall(const clang::CallExpr *E, const clang::Expr *Object,
                 clang::QualType T, Value &Out);
  bool ownerComparison(const clang::CXXOperatorCallExpr *E, Value &Out);
  Value lowerOwnerConstruct(const clang::CXXConstructExpr *E);
  /// The pointer that an owner-typed expression yields; moves out of xvalues.
  facts::Operand takeOwner(const clang::Expr *E, clang::QualType Target);
  facts::Operand boxValue(const clang::Expr *E, clang::QualType Target);
  facts::Operand moveOut(const facts::Place &P, clang::SourceLocation L);
  facts::Operand copyOwner(const facts::Place &P, clang::QualType T,
                           clang::SourceLocation L);
  void assignOwner(const facts::Place &P, facts::Operand V, clang::QualType T,
                   clang::SourceLocation L);
  void swapPlaces(const facts::Place &P, const facts::Place &Q,
                  clang::SourceLocation L);
  void constructWith(facts::Operand Ptr, clang::QualType T,
                     llvm::ArrayRef<const clang::Expr *> Args,
                     clang::SourceLocation L);
  facts::Place objectPlace(const clang::Expr *Object, clang::QualType T);
  Value unknownResult(const clang::CallExpr *E);
  void escapeArgs(llvm::ArrayRef<const clang::Expr *> Args);

  // LowerContainer.cpp
  bool containerCall(const clang::CallExpr *E, const clang::Expr *Object,
                     clang::QualType T, Value &Out);
  bool arrayMethod(const clang::CallExpr *E, const clang::Expr *Object,
                   clang::QualType T, Value &Out);
  bool atomicMethod(const clang::CallExpr *E, const clang::Expr *Object,
                    clang::QualType T, Value &Out);

  UnitBuilder &B;
  clang::ASTContext &Ctx;
  const clang::FunctionDecl *FD;
  facts::Function F;
  uint32_t Cur = 0; ///< Block that instructions go to.
  uint32_t ThisLocal = facts::None;
  std::optional<facts::Operand> ReturnValue; ///< Of the block being lowered.
  bool Throws = false;                       ///< The block ends in a throw.
  uint32_t Unreachable = facts::None, ThrowOut = facts::None;
  llvm::DenseMap<const clang::VarDecl *, uint32_t> Locals;
  llvm::DenseMap<const clang::Expr *, Value> Values;
  llvm::DenseMap<const clang::Expr *, facts::Place> Destinations;
  llvm::DenseMap<const clang::CXXNewExpr *, facts::Operand> Allocations;
  /// Expressions that name whom a call calls: no addresses are taken there.
  llvm::DenseSet<const clang::Expr *> Called;
  /// Owner temporaries that went elsewhere, and where the others are. Both by
  /// the expression that `stripOwner` gives.
  llvm::DenseSet<const clang::Expr *> Taken;
  llvm::DenseMap<const clang::Expr *, facts::Place> Materialised;
  /// Of a temporary made on one arm only: a register that says whether it was.
  llvm::DenseMap<const clang::Expr *, uint32_t> Made;
  llvm::DenseMap<unsigned, uint32_t> BlockIds; ///< CFG block id to ours.
  llvm::DenseMap<unsigned, facts::Operand> ReturnValues;
  llvm::DenseMap<const clang::ValueDecl *, const clang::FieldDecl *> Captures;
  const clang::FieldDecl *ThisCapture = nullptr;
  llvm::SmallVector<const clang::LambdaExpr *, 4> Lambdas;
  unsigned Depth = 0;
};

} // namespace retsan::extract

#endif
