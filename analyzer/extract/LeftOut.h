//===- LeftOut.h - names in code that is not compiled ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `#ifdef DEBUG ... #endif`: what another build would compile may read a field
// that nothing reads here. The words of such code are collected, so that the
// fields and globals among them are known.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_EXTRACT_LEFTOUT_H
#define RETSAN_ANALYZER_EXTRACT_LEFTOUT_H

#include "clang/Lex/PPCallbacks.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/StringSet.h"

#include <map>
#include <memory>

namespace clang {
class FileEntry;
class MacroInfo;
class SourceManager;
} // namespace clang

namespace retsan::extract {

/// Collects the words of user code that the preprocessor leaves out: in groups
/// that a condition excludes, and in arguments that a macro's body does not
/// name. A word behind `.` or `->` is also noted as `.word`.
class LeftOutWords : public clang::PPCallbacks {
public:
  LeftOutWords(const clang::SourceManager &SM,
               std::shared_ptr<llvm::StringSet<>> Words)
      : SM(SM), Words(std::move(Words)) {}

  void FileChanged(clang::SourceLocation Loc, FileChangeReason Reason,
                   clang::SrcMgr::CharacteristicKind Kind,
                   clang::FileID Prev) override;
  /// Its signature differs between versions of Clang. Were the inherited one
  /// named here, the compiler plugin could not be loaded into another version
  /// to say that it is made for this one.
  void HasInclude(clang::SourceLocation Loc, llvm::StringRef Name,
                  bool IsAngled, clang::OptionalFileEntryRef File,
                  clang::SrcMgr::CharacteristicKind Kind) override;
  void SourceRangeSkipped(clang::SourceRange Range,
                          clang::SourceLocation EndIf) override;
  void MacroExpands(const clang::Token &Name, const clang::MacroDefinition &MD,
                    clang::SourceRange Range,
                    const clang::MacroArgs *Args) override;

private:
  const llvm::SmallBitVector &unnamed(const clang::MacroInfo &Macro);

  const clang::SourceManager &SM;
  std::shared_ptr<llvm::StringSet<>> Words;
  std::map<const clang::FileEntry *, unsigned> Entered;
  /// Parameters that the macro's body does not name.
  llvm::DenseMap<const clang::MacroInfo *, llvm::SmallBitVector> Unnamed;
};

} // namespace retsan::extract

#endif
