//===- Aliases.h - pointers into what another field owns ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dangling check for fields that own nothing: `current_ =
// sessions_.back().get()`, `cache->last = entry`, `lexer->tok = lexer->buf +
// n`. Their target goes when its owner, another field of the same object, lets
// go of it. A closure over one field cannot tell which of the owner's elements
// the field points to; so this asks another question: is there a function that
// frees elements of the owner and neither looks at the alias nor sets it?
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_ALIASES_H
#define RETSAN_ANALYZER_SOLVE_ALIASES_H

#include "analyzer/solve/Judge.h"
#include "analyzer/solve/Ownership.h"

#include <set>

namespace retsan::solve {

/// Appends findings of retsan-dangling-field for aliases of other fields.
/// Subjects in \p Known have been reported already.
void findAliases(const Context &C, const Ownership &Own,
                 const std::vector<UserFree> &Frees, const Renderer &R,
                 const std::set<uint64_t> &Known, std::vector<Finding> &Out);

} // namespace retsan::solve

#endif
