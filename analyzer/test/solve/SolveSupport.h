//===- SolveSupport.h - from source to findings ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the tests of the solver share: small programs in, findings out.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TEST_SOLVE_SOLVESUPPORT_H
#define RETSAN_ANALYZER_TEST_SOLVE_SOLVESUPPORT_H

#include "analyzer/solve/Solve.h"
#include "analyzer/test/extract/Support.h"

namespace retsan::test {

inline FindingsFile solveUnits(std::vector<facts::Unit> Units) {
  solve::Options O;
  O.Jobs = 1;
  O.Root = "/src/lib";
  return solve::solve(std::move(Units), O);
}

inline FindingsFile solveC(llvm::StringRef Code) {
  std::vector<facts::Unit> Units;
  Units.push_back(extractC(Code));
  return solveUnits(std::move(Units));
}

/// "check level line" of the findings on \p Subject of at least level \p From.
inline std::vector<std::string> on(const FindingsFile &F,
                                   llvm::StringRef Subject,
                                   Confidence From = Confidence::Medium) {
  std::vector<std::string> R;
  for (const Finding &X : F.Findings)
    if (X.Subject == Subject && X.Level >= From)
      R.push_back(X.Check + " " + toString(X.Level).str() + " " +
                  std::to_string(X.Line));
  return R;
}

using Lines = std::vector<std::string>;

} // namespace retsan::test

#endif
