//===- Handed.h - a freed field that is handed on by its address ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `free(c->user); parse(&c->user);` where parse looks at what is there before
// it writes: it takes the dangling pointer for a value. Asked of straight
// lines, without a closure: the readers of configuration files, where this is
// found, are too long for one.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_HANDED_H
#define RETSAN_ANALYZER_SOLVE_HANDED_H

#include "analyzer/solve/Judge.h"

namespace retsan::solve {

/// Appends findings of retsan-dangling-field for \p Subjects.
void findHanded(const Program &P, llvm::ArrayRef<Subject> Subjects,
                const Renderer &R, std::vector<Finding> &Out);

} // namespace retsan::solve

#endif
