//===- UnitBuilder.h - tables of a unit
//--------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Interns strings, files, types, records, globals and callees of one
// translation unit as the lowering of its functions meets them. Records of
// system headers get their fields only when a path goes through them: the
// standard library's thousands of records would otherwise fill every facts
// file.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_EXTRACT_UNITBUILDER_H
#define RETSAN_ANALYZER_EXTRACT_UNITBUILDER_H

#include "analyzer/extract/Origin.h"
#include "analyzer/model/Facts.h"
#include "clang/AST/ASTContext.h"
#include "clang/AST/Decl.h"
#include "clang/AST/DeclCXX.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

namespace retsan::extract {

/// How class type \p T owns what it points to (None for all other types).
facts::OwnerKind ownerKind(clang::QualType T);
/// A container proper: an optional<int> is a ValueContainer but is used like a
/// smart pointer.
bool isContainer(clang::QualType T);
/// What an owner owns: T of unique_ptr<T>, the element type of a container.
clang::QualType ownedType(clang::QualType T);
/// True if destroying a value of type \p T may release memory.
bool ownsMemory(clang::QualType T);
/// unique_ptr<T[]>.
bool ownsArray(clang::QualType T);
/// unique_ptr<T, D> whose D is not the library's.
bool hasCustomDeleter(clang::QualType T);
/// The call operator of that D when its body is here and it has just one.
const clang::CXXMethodDecl *deleterOf(clang::QualType T);
/// True if the destructor of \p RD may do more than nothing to what is
/// followed.
bool destroysSomething(const clang::CXXRecordDecl *RD);
/// std::array<T, N>, which is an array, and std::atomic<T>, which is a T.
bool isStdArray(clang::QualType T);
bool isStdAtomic(clang::QualType T);
/// True if the name of \p D lies in namespace std.
bool inStd(const clang::Decl *D);

/// USR with the file's folder appended when the linkage is internal, so that
/// static functions `util.c:init` of two folders stay apart.
std::string stableUsr(const clang::NamedDecl *D, clang::ASTContext &Ctx);
/// The lambdas that \p D lies in, by number; empty if it lies in none.
std::string lambdaPath(const clang::Decl *D, clang::ASTContext &Ctx);
/// USR of a record, of its template if it is an instance.
std::string recordUsr(const clang::RecordDecl *RD, clang::ASTContext &Ctx);
/// Record key as RecordKey.h defines it.
std::string keyOf(const clang::RecordDecl *RD, clang::ASTContext &Ctx);
uint64_t layoutHash(const clang::RecordDecl *RD, clang::ASTContext &Ctx);
/// The template's declaration of \p RD when it is an instance, or a class
/// nested in one; else \p RD. What is found in instances is reported once,
/// here.
const clang::RecordDecl *patternOf(const clang::RecordDecl *RD);
/// Qualified name; the typedef's for `typedef struct {..} T`; empty if it has
/// none.
std::string recordName(const clang::RecordDecl *RD);
/// The member of an enclosing record that holds the unnamed record \p RD in
/// place.
const clang::FieldDecl *holderOf(const clang::RecordDecl *RD);
/// `ns::f`, `func::var` for function statics.
std::string qualifiedName(const clang::NamedDecl *D);
/// Text of annotate("retsan:<Kind>=text") on \p D, or empty.
llvm::StringRef annotation(const clang::Decl *D, llvm::StringRef Kind);

/// A pointer whose address stands in a constant initialiser.
struct PointerInTable {
  const clang::VarDecl *Var;
  std::vector<facts::PathElem> Path;
  clang::QualType Type;
};

class UnitBuilder {
public:
  explicit UnitBuilder(clang::ASTContext &Ctx);

  clang::ASTContext &Ctx;
  const clang::SourceManager &SM;
  const Origin From;
  facts::Unit U;
  std::vector<PointerInTable> PointersInTables;

  facts::StrId str(llvm::StringRef S);
  facts::SrcLoc loc(clang::SourceLocation L);
  facts::TypeId type(clang::QualType T);
  /// The record's entry, without its fields if it is a system record.
  uint32_t record(const clang::RecordDecl *RD);
  /// Fills the fields of the record's entry.
  uint32_t completeRecord(const clang::RecordDecl *RD);
  /// Path element of a field or of a direct base.
  facts::PathElem fieldElem(const clang::FieldDecl *FD);
  std::optional<facts::PathElem> baseElem(const clang::CXXRecordDecl *Derived,
                                          const clang::CXXRecordDecl *Base);
  uint32_t global(const clang::VarDecl *VD);
  uint32_t callee(const clang::FunctionDecl *FD);
  /// A callee that no declaration names: `co_await`.
  uint32_t namedCallee(llvm::StringRef Name);
  /// \p Value stands beside \p Target, the operator between them at \p At:
  /// remembers what the source calls it if \p Target is a field or a global.
  void nameValue(const clang::Expr *Target, const clang::Expr *Value,
                 clang::SourceLocation At);
  /// The callee's address is used as a value.
  uint32_t takenCallee(const clang::FunctionDecl *FD);
  void note(const llvm::Twine &What) { U.Diagnostics.push_back(What.str()); }

  bool isSystem(clang::SourceLocation L) const;
  /// Records whose fields were filled, user records first seen anywhere.
  llvm::ArrayRef<const clang::CXXRecordDecl *> cxxRecords() const {
    return CxxRecords;
  }

private:
  uint32_t file(std::string Path, bool System);
  facts::TypeId makeType(clang::QualType T);
  void fillFields(uint32_t Index, const clang::RecordDecl *RD);
  facts::Naming &naming(uint32_t Record, uint32_t Index);
  void nameByType(uint32_t Record, uint32_t Index, clang::QualType T);

  clang::SourceLocation LastLoc;
  facts::SrcLoc LastSrcLoc;
  llvm::StringMap<facts::StrId> StrIds;
  llvm::DenseMap<clang::FileID, uint32_t> FileIds;
  llvm::StringMap<uint32_t> PathIds;
  llvm::DenseMap<void *, facts::TypeId> TypeIds;
  llvm::DenseMap<const clang::RecordDecl *, uint32_t> RecordIds;
  llvm::DenseMap<const clang::RecordDecl *, bool> Filled;
  llvm::DenseMap<const clang::VarDecl *, uint32_t> GlobalIds;
  llvm::DenseMap<const clang::FunctionDecl *, uint32_t> CalleeIds;
  llvm::StringMap<uint32_t> CalleeUsrs;
  std::vector<const clang::CXXRecordDecl *> CxxRecords;
  llvm::DenseMap<const clang::EnumDecl *, uint32_t> EnumIds;
  llvm::DenseMap<std::pair<uint32_t, uint32_t>, uint32_t> NamingIds;
  llvm::DenseSet<const clang::FieldDecl *> NamedByType;
};

/// Constant initial values of a global, part by part.
void addGlobalInits(UnitBuilder &B, facts::Global &G, const clang::VarDecl *VD);
/// A function that nobody calls and that takes the addresses of the pointers in
/// tables: what is read through a table is not seen at its name.
void addTables(UnitBuilder &B);

} // namespace retsan::extract

#endif
