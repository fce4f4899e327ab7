//===- Library.h - what functions without a body do -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one table of library functions: allocators, deallocators, functions that
// drop a reference, that only compare, that block, that start a thread. It is
// asked only for functions whose body the program does not have.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_LIBRARY_H
#define RETSAN_ANALYZER_SOLVE_LIBRARY_H

#include "llvm/ADT/StringRef.h"

namespace retsan::solve {

enum class LibKind : unsigned char {
  Unknown,
  Alloc,        ///< Returns fresh memory or null.
  AllocZero,    ///< The same, zeroed.
  AllocNonNull, ///< Returns fresh memory or does not return.
  Realloc, ///< Frees argument Arg and returns fresh memory, or null and frees
           ///< nothing.
  Free,    ///< Frees argument Arg.
  FreeAndNull, ///< Frees what argument Arg points to and stores null there.
  Release,     ///< Drops a reference held in argument Arg.
  Retain,      ///< Takes a reference to argument Arg.
  Zero,        ///< Writes Args[1] (0 if there is none) to all of what argument
               ///< Arg points to; its size is the last argument.
  OutAlloc,    ///< Stores fresh memory, or null, where argument Arg points to.
  Steal,       ///< Returns what argument Arg points to and stores null there.
  Reads,       ///< Reads through its arguments and changes nothing of ours.
};

struct LibEffect {
  LibKind Kind = LibKind::Unknown;
  unsigned Arg = 0;
};

/// What \p Name (unqualified or qualified) does when it is called with
/// \p NumArgs arguments.
LibEffect libraryEffect(llvm::StringRef Name, unsigned NumArgs);

/// pthread_create and the like: function arguments run on another thread.
bool startsThread(llvm::StringRef Name);

/// atexit and the like: function arguments run when the program ends.
bool runsAtExit(llvm::StringRef Name);

/// A call that waits until another thread has done something: what it did to
/// shared objects is not known afterwards.
bool waits(llvm::StringRef Name);

/// A call that waits for the outside world: a program that has come to it is
/// set up.
bool servesEvents(llvm::StringRef Name);

/// A call during which other threads or callbacks run: waiting and event loops.
bool blocks(llvm::StringRef Name);

} // namespace retsan::solve

#endif
