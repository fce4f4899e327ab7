//===- Policy.h - a project's rules for its findings ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file `.retsan.yaml`: what a project reports and what makes it fail, kept
// with its sources. Levels for the whole project and by path; budgets for what
// a run measures, on the figures that do not depend on the machine: retained
// bytes, instances, drag in MB*MBalloc.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_POLICY_H
#define RETSAN_ANALYZER_REPORT_POLICY_H

#include "analyzer/model/Findings.h"
#include "analyzer/report/Select.h"

#include <optional>

namespace retsan::report {

/// The level of the findings in some files.
struct PathRule {
  std::string Path;                ///< Glob on the finding's file.
  std::optional<Confidence> Level; ///< None: nothing is reported.
};

/// Limits on the sum over all subjects that a glob names.
struct Budget {
  std::string Subject;
  std::optional<uint64_t> Retained; ///< Bytes.
  std::optional<uint64_t> Instances;
  std::optional<double> Drag; ///< MB*MBalloc.
};

struct Policy {
  std::string File; ///< Where it was read from; empty if there is none.
  std::optional<Confidence> Level;
  std::string Checks;
  std::optional<FailOn> On;
  std::string Baseline, Suppressions; ///< Relative to the policy's folder.
  std::vector<PathRule> Paths;        ///< The first that matches decides.
  std::vector<Budget> Budgets;
};

/// A key that is not known or a value of the wrong kind is one error that names
/// file and line.
llvm::Expected<Policy> parsePolicy(llvm::StringRef Text, llvm::StringRef Name);

/// Removes what is below its file's level, \p Default where no rule matches,
/// and marks what a rule silences. Gives the file the id of what is left.
Hidden applyLevels(FindingsFile &F, Confidence Default,
                   const std::vector<PathRule> &Rules);

/// Says of each finding that has a runtime result and a budget how far it is
/// used. Returns the globs that matched no finding.
std::vector<std::string> applyBudgets(FindingsFile &F,
                                      const std::vector<Budget> &Budgets);

} // namespace retsan::report

#endif
