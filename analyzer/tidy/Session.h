//===- Session.h - one run of the engine for each unit --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// clang-tidy makes one object for each enabled check and each unit. They share
// a session: the first that needs findings extracts the facts from clang-tidy's
// own AST and solves them, for all checks that are enabled at once.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TIDY_SESSION_H
#define RETSAN_ANALYZER_TIDY_SESSION_H

#include "analyzer/solve/Solve.h"
#include "analyzer/tidy/UnitIndex.h"
#include "llvm/ADT/StringSet.h"

#include <memory>
#include <optional>

namespace retsan::tidy {

/// What the engine says of one unit.
struct UnitResult {
  explicit UnitResult(clang::ASTContext &Ctx) : Index(Ctx) {}
  UnitIndex Index;
  std::string Root; ///< Findings' files are relative to it.
  std::vector<Finding> Findings;
  std::vector<solve::Deallocator> Deallocators; ///< Of the user.
  /// Offsets where a fix-it was put already.
  llvm::StringSet<> Repaired;

  std::string absolute(llvm::StringRef File) const;
};

class Session {
public:
  /// The session of the checks that are alive now.
  static std::shared_ptr<Session> current();

  void enable(llvm::StringRef Check);
  void addDeallocator(solve::Deallocator D);

  /// A new unit begins.
  void forget() { Result.reset(); }
  UnitResult &result(clang::ASTContext &Ctx);

private:
  solve::Options Opts;
  std::optional<UnitResult> Result;
};

} // namespace retsan::tidy

#endif
