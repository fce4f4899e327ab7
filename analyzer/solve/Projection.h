//===- Projection.h - paths of functions as transitions of objects --------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the parts of the closure share about objects that are copies of others:
// such an object is in whatever state its original was, so that copying says
// nothing of how objects of the type are used.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_PROJECTION_H
#define RETSAN_ANALYZER_SOLVE_PROJECTION_H

#include "analyzer/solve/Program.h"
#include "analyzer/solve/Symbols.h"

namespace retsan::solve {

/// Copying or moving a whole object: it says nothing of how the object is used.
bool isCopyOperation(const Program &P, uint32_t Fn, uint32_t Record);

/// Whether the location is in a record that the function was given by value.
bool isCopy(const Program &P, const facts::Function &F, const Symbols &Y,
            const Location &Root);

} // namespace retsan::solve

#endif
