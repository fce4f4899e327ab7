//===- Symbols.h - names for return addresses -----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The runtime writes down where it was called from as files and offsets; names
// are looked up here, where it costs the program nothing.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_SYMBOLS_H
#define RETSAN_ANALYZER_TOOL_SYMBOLS_H

#include "analyzer/model/Profile.h"

#include <string>
#include <vector>

namespace retsan::tool {

/// Names the frames of \p P's traps that have no name yet; one whose file is
/// gone, is of another build now, or has no symbols, keeps none, unless a
/// folder of \p DebugDirs has a debug file of its build id.
void nameFrames(profile::Profile &P,
                std::vector<std::string> DebugDirs = {"/usr/lib/debug"});

} // namespace retsan::tool

#endif
