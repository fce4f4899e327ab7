//===- Drag.h - what a run found by itself --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Modes beside `suspects` find things that no finding names: fields with large
// drag, memory that was idle for long, roots that alone retain much. Ranked,
// and cut where it gets small.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_DRAG_H
#define RETSAN_ANALYZER_REPORT_DRAG_H

#include "analyzer/model/Findings.h"
#include "analyzer/model/Profile.h"
#include "llvm/Support/raw_ostream.h"

namespace retsan::report {

/// The subjects of \p P that no finding of \p F is about, the largest drag
/// first; those that had none are left out.
std::vector<const profile::SubjectResult *>
fieldsByDrag(const profile::Profile &P, const FindingsFile *F);

/// Prints those, idle memory and roots: what the mode of the run has to say.
void printDrag(const profile::Profile &P, const FindingsFile *F,
               llvm::raw_ostream &OS);

} // namespace retsan::report

#endif
