//===- Pprof.h - a run for pprof ------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// profile.proto, gzipped: one sample a finding, whose frames are the field, the
// place that stored it and the program. The list of sample types is frozen,
// since profiles only add up when theirs are equal.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_PPROF_H
#define RETSAN_ANALYZER_REPORT_PPROF_H

#include "analyzer/model/Findings.h"
#include "analyzer/model/Profile.h"

namespace retsan::report {

/// \p F is joined with \p P. The message is not compressed.
std::string toPprof(const FindingsFile &F, const profile::Profile &P);

/// RFC 1952; \p Data as it is if this LLVM has no zlib (pprof reads both).
std::string gzip(llvm::StringRef Data);

} // namespace retsan::report

#endif
