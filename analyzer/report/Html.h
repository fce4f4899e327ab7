//===- Html.h - findings as one page --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One self-contained HTML file: every text escaped, style and script inside,
// nothing fetched. The story of each finding with an excerpt of the source; a
// table of all, to sort and to filter.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_HTML_H
#define RETSAN_ANALYZER_REPORT_HTML_H

#include "analyzer/model/Findings.h"
#include "analyzer/model/Profile.h"

namespace retsan::report {

/// \p P may be null.
std::string toHtml(const FindingsFile &F, const profile::Profile *P);

/// JSON as a script element may hold it: nothing in it can end the element.
/// Space between its tokens is left out.
std::string scriptData(llvm::StringRef Json);

} // namespace retsan::report

#endif
