//===- Teardown.h - reads on the way to a free ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `free(o->name); free(o)` reads o only to find what goes with it: such a read
// is a part of releasing o and keeps nothing alive. A value of a function is
// torn down there if it, or something below it, is freed, and if all else that
// happens to it is a test, a walk over its parts, or a constant put into it.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_TEARDOWN_H
#define RETSAN_ANALYZER_SOLVE_TEARDOWN_H

#include "analyzer/solve/Program.h"

namespace retsan::solve {

/// Fills Program::TearsDown. Wants SitesOf.
void findTeardowns(Program &P);

} // namespace retsan::solve

#endif
