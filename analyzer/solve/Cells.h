//===- Cells.h - cells of a table that are given back by a flag -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table of records, each with an owner and a scalar that says whether the
// cell is in use. One function fills a cell and sets the scalar; another one
// sets it back and leaves the owner as it is: the element stays until the cell
// is filled again.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_CELLS_H
#define RETSAN_ANALYZER_SOLVE_CELLS_H

#include "analyzer/solve/Judge.h"

namespace retsan::solve {

/// Appends what is found to \p Out.
void findCells(const Context &C, const Renderer &R, std::vector<Finding> &Out);

} // namespace retsan::solve

#endif
