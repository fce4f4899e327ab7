//===- Engine.h - from commands or facts to findings ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What scan, extract and link share: options of the engine, finding the compile
// commands, parallel extraction, solving, the root that files are relative to.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_ENGINE_H
#define RETSAN_ANALYZER_TOOL_ENGINE_H

#include "analyzer/extract/Extract.h"
#include "analyzer/solve/Solve.h"
#include "analyzer/tool/CommandLine.h"
#include "analyzer/tool/Progress.h"

namespace retsan::tool {

/// Options of the solver as the command line has them.
struct EngineOptions {
  std::string Root;
  unsigned Jobs = 0;
  std::string Checks;
  solve::World World = solve::World::Auto;
  std::vector<solve::Deallocator> Deallocators;
  std::vector<std::string> Subjects; ///< Globs; empty means all.
  std::string Program;               ///< Empty means all.
  unsigned SolveLimit = 0;           ///< Seconds; 0 means none.

  void addTo(CommandLine &CL);
  llvm::Expected<solve::Options> forSolver() const;
};

/// Where the compile commands come from.
struct Inputs {
  std::string BuildDir;
  std::vector<std::string> Paths;
  bool HasFlags = false; ///< There was a `--`: no compilation database.
  std::vector<std::string> Flags;
};

/// The commands to extract. A path that names nothing is reported and counted
/// in
/// \p Problems; no command at all is an error.
llvm::Expected<std::vector<extract::Command>> findCommands(const Inputs &In,
                                                           unsigned &Problems);

struct Extracted {
  std::vector<facts::Unit> Units; ///< In the order of the commands.
  std::vector<Skipped> Failed;
  unsigned FromCache = 0;
  /// Threads are still at work on units that were given up: the process must
  /// end without its destructors (endProcess).
  bool Hung = false;
};

struct ExtractLimits {
  unsigned Jobs = 0;    ///< Threads; 0 means one for each core.
  unsigned Seconds = 0; ///< Processor time of one unit; 0 means no limit.
};

/// All units, in parallel. \p CacheDir may be empty.
Extracted extractAll(const std::vector<extract::Command> &Commands,
                     ExtractLimits Limits, llvm::StringRef CacheDir, bool Quiet,
                     Progress &P);

/// Writes out what is buffered and ends at once.
[[noreturn]] void endProcess(int Code);

/// The top of the version control tree of \p Files, else the working folder if
/// all are below it, else their common folder.
std::string rootOf(const std::vector<std::string> &Files);

/// Whether one of the files with a main, \p Mains, makes a program of that
/// name; all have the empty one.
llvm::Error checkProgram(const std::vector<std::string> &Mains,
                         llvm::StringRef Name);

/// With -v: says which functions were cut short, and why.
void sayCapped(solve::Options &Opts);

/// Solves and completes the findings file.
FindingsFile solveAll(Extracted E, solve::Options Opts, Progress &P);

/// Has the solver say how far it is.
void showProgress(solve::Options &Opts, Progress &P);

/// Adds what the solver does not know: root, tool, units that failed.
void complete(FindingsFile &F, llvm::StringRef Root,
              std::vector<Skipped> Failed);

} // namespace retsan::tool

#endif
