//===- Callees.h - what a called function does with a pointer -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names of called functions say two things: whether a call frees its argument,
// and what a member function of a library owner (`unique_ptr::reset`) does with
// the owner. Bodies are not looked at here.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_CALLEES_H
#define RETSAN_PASSES_CALLEES_H

#include "Unit.h"
#include "llvm/IR/InstrTypes.h"

namespace retsan::passes {

/// What happens to the value of a slot. Ordered: the greater one wins when one
/// value meets several fates.
enum class Fate { Nothing, Test, Release, Use };

inline Fate worse(Fate A, Fate B) { return A < B ? B : A; }

/// Whether \p Call deallocates its argument \p ArgNo (free, operator delete,
/// the project's own deallocators, a destructor of the argument).
bool releasesArgument(const llvm::CallBase &Call, unsigned ArgNo,
                      const Unit &U);

/// What a call does with a slot or owner whose address is its argument.
struct AddressFate {
  Fate Old = Fate::Use; ///< Of the value that the slot holds before the call.
  bool Writes = true;   ///< The slot may hold another value afterwards.
};

/// \p Owner: the argument is a C++ owner, so that the name of a member function
/// says what it does; else it is a plain slot.
AddressFate addressFate(const llvm::CallBase &Call, unsigned ArgNo, bool Owner);

} // namespace retsan::passes

#endif
