//===- EngineCheck.h - a check is a question to the engine ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All checks of the module are this class under different names: each shows the
// findings of its own question, with the witness as notes and a fix-it where
// one is safe.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TIDY_ENGINECHECK_H
#define RETSAN_ANALYZER_TIDY_ENGINECHECK_H

#include "analyzer/model/Findings.h"
#include "clang-tidy/ClangTidyCheck.h"
#include "clang-tidy/utils/IncludeInserter.h"

#include <memory>

namespace clang::tidy {
template <> struct OptionEnumMapping<retsan::Confidence> {
  static llvm::ArrayRef<std::pair<retsan::Confidence, StringRef>>
  getEnumMapping();
};
} // namespace clang::tidy

namespace retsan::tidy {

class Session;
struct UnitResult;

class EngineCheck : public clang::tidy::ClangTidyCheck {
public:
  EngineCheck(llvm::StringRef Name, clang::tidy::ClangTidyContext *Context);

  bool
  isLanguageVersionSupported(const clang::LangOptions &Lang) const override {
    return !Lang.ObjC && !Lang.CUDA && !Lang.OpenCL;
  }
  void registerPPCallbacks(const clang::SourceManager &SM,
                           clang::Preprocessor *PP,
                           clang::Preprocessor *ModuleExpanderPP) override;
  void registerMatchers(clang::ast_matchers::MatchFinder *Finder) override;
  void onStartOfTranslationUnit() override;
  void
  check(const clang::ast_matchers::MatchFinder::MatchResult &Result) override;
  void storeOptions(clang::tidy::ClangTidyOptions::OptionMap &Options) override;

private:
  bool flag(llvm::StringRef Option);
  void readDeallocators();
  void report(const Finding &F, UnitResult &Unit);
  void explain(const Finding &F, UnitResult &Unit);

  std::string Name;
  Confidence Level;
  bool Notes;
  bool Fixes;
  std::string Deallocators;
  clang::tidy::utils::IncludeInserter Inserter;
  clang::Preprocessor *PP = nullptr;
  std::shared_ptr<Session> Shared;
};

} // namespace retsan::tidy

#endif
