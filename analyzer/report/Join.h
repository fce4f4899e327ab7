//===- Join.h - findings meet what a run recorded -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A finding and a line of a profile mean the same when their fingerprints are
// equal; bytes come from the checkpoint, by subject. The verdict of a finding:
// confirmed (some instance was stale or dangling and never used), refuted (some
// instance was used in the state; both happen: refuted), else not exercised.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_JOIN_H
#define RETSAN_ANALYZER_REPORT_JOIN_H

#include "analyzer/model/Findings.h"
#include "analyzer/model/Profile.h"

namespace retsan::report {

/// Sets Runtime of each finding of \p F from \p P. Fails when the profile was
/// recorded with another findings file. \p Name is the profile's, for messages.
llvm::Error joinProfile(FindingsFile &F, const profile::Profile &P,
                        llvm::StringRef Name);

/// The checkpoint that a report speaks of: the one at exit, else the last one.
const profile::Checkpoint *finalCheckpoint(const profile::Profile &P);

} // namespace retsan::report

#endif
