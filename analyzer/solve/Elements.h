//===- Elements.h - slots and nodes that outlive their removal ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two checks that look at the functions which take an element out of something:
// an array whose count is lowered while the slot goes on owning (obsolete
// slot), and a list whose links are led around a node that keeps its own owning
// link (unlinked node). A closure has no state for one element among many, so
// these compare the shapes of the functions that put in with those that take
// out.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ELEMENTS_H
#define RETSAN_ANALYZER_SOLVE_ELEMENTS_H

#include "analyzer/solve/Judge.h"

namespace retsan::solve {

/// Appends the findings of retsan-obsolete-slot and retsan-unlinked-node.
void findElements(const Program &P, const Renderer &R,
                  std::vector<Finding> &Out);

} // namespace retsan::solve

#endif
