//===- Sarif.h - findings for code-scanning services ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SARIF 2.1.0 and GitLab's code quality format. Both identify a finding by its
// fingerprint, never by its line. In SARIF the witness is a code flow, and what
// is suppressed or in the baseline stays, marked.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_SARIF_H
#define RETSAN_ANALYZER_REPORT_SARIF_H

#include "analyzer/model/Findings.h"

namespace retsan::report {

llvm::json::Value toSarif(const FindingsFile &F);
llvm::json::Value toGitLab(const FindingsFile &F);

} // namespace retsan::report

#endif
