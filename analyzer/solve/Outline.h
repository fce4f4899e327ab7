//===- Outline.h - what must be known of all units at once ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Which units make a program, and which programs fall into a shard, is decided
// from outlines: a few hashes of names for each unit. The unit itself, which is
// a hundred times as large, is needed only while programs that hold it are
// linked.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_OUTLINE_H
#define RETSAN_ANALYZER_SOLVE_OUTLINE_H

#include "analyzer/model/Facts.h"
#include "llvm/ADT/ArrayRef.h"

#include <string>
#include <vector>

namespace retsan::solve {

struct Outline {
  std::string MainFile, Command;
  bool HasMain = false;
  uint64_t Weight = 1; ///< Instructions: what solving it costs, roughly.
  /// Hashes of USRs: external functions and variables that it defines, all that
  /// it names, and functions that it calls.
  std::vector<uint64_t> Defines, Names, Calls;
};

Outline outlineOf(const facts::Unit &U);

bool hasMain(const facts::Unit &U);

/// The hash by which outlines know a USR.
uint64_t nameHash(llvm::StringRef Usr);

/// Which units make which program: one for each `main`, with the units that it
/// reaches through external functions and variables; what no main reaches makes
/// one more.
std::vector<std::vector<size_t>> partition(llvm::ArrayRef<Outline> All);

/// What a shard does with a program.
enum class Share : uint8_t {
  None,  ///< Another shard solves it.
  Whole, ///< This shard alone solves it.
  /// All shards solve some of its records: it is too large for one of them.
  /// This shard counts its functions.
  PartAndCount,
  Part,
};

/// What shard \p Shard (from 0) of \p Shards does with each of \p Parts.
std::vector<Share> deal(llvm::ArrayRef<Outline> All,
                        llvm::ArrayRef<std::vector<size_t>> Parts,
                        unsigned Shard, unsigned Shards);

/// Whether the program whose main is in \p MainFile goes by \p Name: the file's
/// name, with or without its extension and the folders before it.
bool isProgram(llvm::StringRef MainFile, llvm::StringRef Name);

/// The files that define a main, sorted.
std::vector<std::string> mainFiles(llvm::ArrayRef<Outline> Units);

} // namespace retsan::solve

#endif
