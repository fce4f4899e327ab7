//===- Words.h - pieces of sentences --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the text, HTML and SARIF reports say in the same words.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_REPORT_WORDS_H
#define RETSAN_ANALYZER_REPORT_WORDS_H

#include "analyzer/model/Findings.h"

namespace retsan::report {

/// "1.5 MB", "512 bytes".
std::string bytesText(uint64_t Bytes);

/// Three digits after the point where they matter.
std::string numberText(double D);

/// "1 finding", "2 findings".
std::string plural(uint64_t N, llvm::StringRef One);

/// "growing = 0, oldbuckets = non-null".
std::string
stateText(const std::vector<std::pair<std::string, std::string>> &State);

/// "growing == 0 and next is not null".
std::string predicateText(const Finding &X);

/// "hmap_get (src/hmap.c:50)".
std::string placeText(const PlaceRef &P);

/// What a run has shown, in one sentence each.
std::string verdictText(const RuntimeResult &R);

/// Label and value: retained, dangling, drag; those that apply.
std::vector<std::pair<std::string, std::string>>
measuresOf(const RuntimeResult &R);

/// The message, or a general one if the finding has none.
std::string messageOf(const Finding &X);

} // namespace retsan::report

#endif
