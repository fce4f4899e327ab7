//===- Startup.h - what runs once, before a program goes to work ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// main sets things up and then waits for work in a loop. A function that is
// called from the first part alone runs once, in a fresh program: no client can
// call it later, whatever its linkage.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_STARTUP_H
#define RETSAN_ANALYZER_SOLVE_STARTUP_H

#include "analyzer/solve/Engine.h"

namespace retsan::solve {

/// The functions that only the first part of main calls, none where main never
/// waits for work or there is no main. \p End becomes the position of the block
/// of main where its first part ends, 0 if it has none.
llvm::BitVector findStartup(const Context &C, uint32_t &End);

} // namespace retsan::solve

#endif
