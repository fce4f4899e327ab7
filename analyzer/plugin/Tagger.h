//===- Tagger.h - tags on the declarations of subjects --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An annotation on a field's declaration makes every access of the field
// visible in the IR, at any optimisation level. It must be there before the
// first function that uses the field goes to code generation; a record of the
// form `typedef struct {...} T` has no name until its typedef is seen, so
// tagging happens both when a record is complete and at each top-level
// declaration.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_PLUGIN_TAGGER_H
#define RETSAN_ANALYZER_PLUGIN_TAGGER_H

#include "analyzer/plugin/Suspects.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

namespace retsan::plugin {

/// The prefix of each annotation that is ours; the version of its form.
constexpr llvm::StringLiteral TagPrefix = "retsan:1:";

/// A field that carries a tag, with its place in the outermost named record.
struct TaggedField {
  const clang::FieldDecl *Decl = nullptr;
  const clang::RecordDecl *Top = nullptr;
  uint64_t Id = 0;
  uint16_t Role = RETSAN_ROLE_SUSPECT;
  unsigned Variant = 0; ///< Tells instances of a template apart.
  uint64_t OffsetBits = 0;
};

struct TaggedVar {
  const clang::VarDecl *Decl = nullptr;
  uint64_t Id = 0;
  uint16_t Role = RETSAN_ROLE_SUSPECT;
};

class Tagger {
public:
  Tagger(clang::ASTContext &Ctx, const SuspectList &List)
      : Ctx(Ctx), List(List) {}

  /// \p R was completed. Does nothing for a record that has no name yet.
  void recordDone(clang::RecordDecl *R);
  /// \p D is about to go to code generation.
  void topLevel(clang::Decl *D);

  /// All that was tagged, with offsets. Call when the unit is complete.
  std::vector<TaggedField> fields() const;
  llvm::ArrayRef<TaggedVar> vars() const { return Vars; }
  const SuspectList &list() const { return List; }

private:
  void tagRecord(clang::RecordDecl *R, clang::RecordDecl *Top);
  void tagVar(clang::VarDecl *VD);
  void tagType(clang::QualType T);
  void tagLocal(clang::VarDecl *VD);
  bool holdsSuspects(const clang::RecordDecl *R);
  /// Role of the subject \p Id, which \p D of type \p T declares; 0 if it is
  /// none.
  uint16_t roleOf(const clang::ValueDecl *D, uint64_t Id) const;

  clang::ASTContext &Ctx;
  const SuspectList &List;
  llvm::DenseSet<const clang::RecordDecl *> Done;
  llvm::MapVector<const clang::FieldDecl *, TaggedField> Fields;
  std::vector<TaggedVar> Vars;
  llvm::DenseMap<const clang::RecordDecl *, bool> Holds;
};

/// True if \p R has neither a tag nor a typedef that names it.
bool isUnnamed(const clang::RecordDecl *R);

/// The record held in place by a value of type \p T (through arrays), or null.
clang::RecordDecl *recordIn(clang::QualType T, clang::ASTContext &Ctx);

} // namespace retsan::plugin

#endif
