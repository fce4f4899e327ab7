//===- UnitIndex.h - what one translation unit sees wholly ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// clang-tidy looks at one unit at a time, so only what no other unit can touch
// may be reported: fields of records that are defined in the main file, private
// members of classes whose methods and friends are all defined here, and
// variables of internal linkage. The index holds these by subject id, with
// every expression that names them, and finds the place of a line.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TIDY_UNITINDEX_H
#define RETSAN_ANALYZER_TIDY_UNITINDEX_H

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/DenseMap.h"

namespace retsan::tidy {

class UnitIndex {
public:
  explicit UnitIndex(clang::ASTContext &Ctx);

  /// The field or variable of \p SubjectId, if this unit sees it wholly.
  const clang::ValueDecl *whole(uint64_t SubjectId) const;

  /// MemberExprs or DeclRefExprs that name \p D.
  llvm::ArrayRef<const clang::Expr *> accesses(const clang::ValueDecl *D) const;

  /// Whether calling \p FD may end in a function of this unit that reads \p D
  /// other than to release it. Calls through pointers are not followed.
  bool mayRead(const clang::FunctionDecl *FD, const clang::ValueDecl *D) const;

  /// Accesses of \p D on a line of \p File.
  llvm::SmallVector<const clang::Expr *, 2>
  accessesAt(const clang::ValueDecl *D, llvm::StringRef File,
             unsigned Line) const;

  /// Where a message on this line goes: at an access of \p D, at \p D itself,
  /// else at the first character that is not blank.
  clang::SourceLocation place(llvm::StringRef File, unsigned Line,
                              const clang::ValueDecl *D) const;

  clang::ASTContext &context() const { return Ctx; }

private:
  class Visitor;
  bool mainFile(clang::SourceLocation L) const;
  bool onLine(clang::SourceLocation L, clang::FileID F, unsigned Line) const;
  clang::FileID fileOf(llvm::StringRef Path) const;
  bool methodsHere(const clang::CXXRecordDecl *RD);
  bool recordHere(const clang::RecordDecl *RD);
  bool fieldHere(const clang::FieldDecl *FD);
  bool variableHere(const clang::VarDecl *VD);

  clang::ASTContext &Ctx;
  const clang::SourceManager &SM;
  bool HeaderUnit;
  llvm::DenseMap<const clang::CXXRecordDecl *, bool> MethodsHere;
  llvm::DenseMap<uint64_t, const clang::ValueDecl *> Whole;
  llvm::DenseMap<const clang::ValueDecl *,
                 llvm::SmallVector<const clang::Expr *, 4>>
      Accesses;
  /// By the function around them; a lambda's belong to the function it is in.
  llvm::DenseMap<const clang::Expr *, const clang::FunctionDecl *> FunctionOf;
  llvm::DenseMap<const clang::FunctionDecl *,
                 llvm::SmallVector<const clang::FunctionDecl *, 4>>
      Calls;
};

} // namespace retsan::tidy

#endif
