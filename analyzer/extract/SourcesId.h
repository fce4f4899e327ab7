//===- SourcesId.h - which extraction made these facts --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Facts of an unchanged source change when extraction does, which no version
// number tells between two releases. So a cache of facts is keyed by the
// sources of extraction and of the model, and by the Clang that parses. A
// changed solver keeps the facts that there are.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_EXTRACT_SOURCESID_H
#define RETSAN_ANALYZER_EXTRACT_SOURCESID_H

#include <string>

namespace retsan::extract {

/// Equal for two builds iff they make the same facts of the same source.
std::string sourcesId();

} // namespace retsan::extract

#endif
