//===- Sarif.h - findings for code-scanning services ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// SARIF 2.1.0 and GitLab's code quality format. Both identify a finding by its
// fingerprint, never by its line. In SARIF the witness is a code flow, and what
// is suppressed or in the baseline stays, marked. Results are written one by
// one: a tree of all of them takes gigabytes where there are thousands.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_SARIF_H
#define RETSAN_ANALYZER_REPORT_SARIF_H

#include "analyzer/model/Findings.h"
#include "llvm/Support/raw_ostream.h"

namespace retsan::report {

void writeSarif(const FindingsFile &F, llvm::raw_ostream &OS);
void writeGitLab(const FindingsFile &F, llvm::raw_ostream &OS);

} // namespace retsan::report

#endif
