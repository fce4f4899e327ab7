//===- Surroundings.h - where an expression stands ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Questions that a fix-it asks of the code around an access: what is done with
// the value, which statement it belongs to, in which function, and whether the
// value is read again before the function ends.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TIDY_SURROUNDINGS_H
#define RETSAN_ANALYZER_TIDY_SURROUNDINGS_H

#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "clang/AST/Stmt.h"

namespace retsan::tidy {

class UnitIndex;

/// What happens to the value that an expression names.
enum class Role : uint8_t {
  Assigned, ///< Left side of an assignment; the value is overwritten.
  Released, ///< Argument of a call or of delete, and nothing else.
  Tested,   ///< Compared or converted to bool.
  Called,   ///< A callable that is called.
  Read,     ///< Anything else.
};

struct Access {
  Role What = Role::Read;
  const clang::Expr *Lvalue = nullptr;  ///< With subscripts: `p->f[i]`.
  const clang::Expr *Through = nullptr; ///< The call, delete or assignment.
};

/// Looks at what surrounds \p E, a MemberExpr or DeclRefExpr.
Access classify(const clang::Expr *E, clang::ASTContext &Ctx);

/// Whether \p E is tested only to release what it names: `if (p) free(p);`,
/// with or without a clear.
bool guardsRelease(const clang::Expr *E, clang::ASTContext &Ctx);

/// A whole statement and how it hangs in its function.
struct Statement {
  const clang::Stmt *S = nullptr; ///< Null: \p E is no statement of its own.
  bool Alone = false;             ///< Body of an if or loop, without braces.
  /// The block that holds it, if no jump lands between its siblings.
  const clang::CompoundStmt *Block = nullptr;
};
Statement statementOf(const clang::Expr *E, clang::ASTContext &Ctx);

/// The function around \p S; null in a lambda, a destructor, a template or
/// where there is none.
const clang::FunctionDecl *repairableFunction(const clang::Stmt *S,
                                              clang::ASTContext &Ctx);

/// Whether evaluating \p Lvalue twice is the same as once.
bool repeatable(const clang::Expr *Lvalue);

bool sameText(const clang::Expr *A, const clang::Expr *B,
              clang::ASTContext &Ctx);

/// Whether a path from \p From to the end of \p Fn reads what \p Lvalue names
/// before it is overwritten, itself or in a function of this unit that it
/// calls.
/// \p D is the field or variable. Releases by the same function, or by delete,
/// as at \p From do not count.
bool readAgain(const clang::FunctionDecl *Fn, const clang::Expr *From,
               const clang::Expr *Lvalue, const clang::ValueDecl *D,
               const UnitIndex &Index);

} // namespace retsan::tidy

#endif
