//===- Unread.h - owners that nobody reads --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A field that owns memory and is only ever written, tested, moved along and
// released, in no state of its object anything else. No closure is needed for
// that: what every load of the field is for says it. What a program writes into
// the memory does not count, if nobody reads it there.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_UNREAD_H
#define RETSAN_ANALYZER_SOLVE_UNREAD_H

#include "analyzer/solve/Judge.h"

namespace retsan::solve {

/// Appends the findings of retsan-unread-owner for \p Subjects.
void findUnread(const Context &C, const std::vector<UserFree> &Frees,
                llvm::ArrayRef<Subject> Subjects, const Renderer &R,
                std::vector<Finding> &Out);

/// Weighs what \p Found says of \p Subjects under retsan-unread-owner: lowers
/// handles, links, what others hold too and what clients may read; what is a
/// copy of a string is sure.
void weighUnread(const Context &C, llvm::ArrayRef<Subject> Subjects,
                 llvm::MutableArrayRef<Finding> Found);

} // namespace retsan::solve

#endif
