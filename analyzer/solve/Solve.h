//===- Solve.h - facts in, findings out -----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_SOLVE_H
#define RETSAN_ANALYZER_SOLVE_SOLVE_H

#include "analyzer/model/Facts.h"
#include "analyzer/model/Findings.h"
#include "analyzer/solve/Outline.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace retsan::solve {

/// Which callers the solver may assume to have seen.
enum class World : uint8_t {
  Auto,    ///< Program where the units define `main`, else library.
  Program, ///< All callers are seen.
  Library, ///< Anyone may call what has external linkage.
  Tu,      ///< One unit: report only what it sees wholly.
};

/// A user's deallocator: function name and which argument (from 0) it frees.
struct Deallocator {
  std::string Name;
  unsigned Arg = 0;
};

/// Keeps answers between runs. Keys are hashes of all that an answer depends
/// on, so that what is found under a key is right. Called from several threads.
class AnswerStore {
public:
  virtual ~AnswerStore() = default;
  virtual bool find(uint64_t Key, std::string &Data) = 0;
  virtual void keep(uint64_t Key, std::string Data) = 0;
};

struct Options {
  World W = World::Auto;
  unsigned Jobs = 0; ///< Threads; 0 means one for each core.
  std::string Root;  ///< Absolute; findings' files are relative to it.
  std::vector<Deallocator> Deallocators;
  std::vector<std::string> Checks; ///< Names of Checks.def; empty means all.
  /// Only subjects whose name matches a glob of the list are solved; empty
  /// means all.
  std::vector<std::string> Subjects;
  /// Subjects for whose id it says no are not solved; null means all are.
  std::function<bool(uint64_t)> Wanted;
  /// Of programs, and of the records of large programs, that fall into
  /// \c Shards shares, only those of share \c Shard (from 0) are solved.
  unsigned Shard = 0, Shards = 1;
  /// Only the programs of that name are linked (see isProgram); empty means
  /// all.
  std::string Program;
  /// No subject is begun later than so long after solve began.
  std::optional<std::chrono::seconds> Limit;
  AnswerStore *Answers = nullptr;
  /// Told of every function that was cut short: its name, and why.
  std::function<void(const Skipped &)> Capped;
  /// Called from one thread at a time as work proceeds: done, total.
  std::function<void(size_t, size_t)> Progress;
};

/// Reads unit I again, of those whose outlines were given. Called from several
/// threads.
using Load = std::function<llvm::Expected<facts::Unit>(size_t I)>;

/// Links units into programs and solves every record. All findings of all
/// levels are returned, sorted by file, line, subject and check; the result
/// does not depend on the order of the units. FindingsId and Tool are set.
llvm::Expected<FindingsFile> solve(std::vector<Outline> Outlines,
                                   const Load &Read, const Options &Opts);

/// The same of units that are in memory.
FindingsFile solve(std::vector<facts::Unit> Units, const Options &Opts);

/// Whether a file is a test or an example, by its path below the root: its
/// calls are samples of use.
bool isSample(llvm::StringRef File);

} // namespace retsan::solve

#endif
