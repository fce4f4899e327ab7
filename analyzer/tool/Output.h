//===- Output.h - what verbs that report share ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The options of reporting, the formats, the file that is written, the exit
// code: the same for scan, link, report and run.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_OUTPUT_H
#define RETSAN_ANALYZER_TOOL_OUTPUT_H

#include "analyzer/model/Findings.h"
#include "analyzer/model/Profile.h"
#include "analyzer/report/Select.h"
#include "analyzer/tool/CommandLine.h"

namespace retsan::tool {

enum class Format : uint8_t { Auto, Text, Json, Sarif, GitLab, Html, Pprof };
enum class When : uint8_t { Auto, Always, Never };

struct OutputOptions {
  Format F = Format::Auto; ///< By -o's extension, else text.
  std::string File;        ///< Empty or "-": standard output.
  When Color = When::Auto;
  bool Verbose = false;
  bool Quiet = false;
  Confidence Level = Confidence::High;
  std::string Baseline;
  std::string Suppressions;
  report::FailOn On = report::FailOn::New;
  /// Why the finding counts as it does is decided by the verb: a run's profile.
  const profile::Profile *Run = nullptr;

  /// Adds the options to \p CL; the level is asked for only where findings are
  /// made.
  void addTo(CommandLine &CL, bool WithLevel);

  /// Can the output be written, the baseline and the suppressions be read?
  /// Asked before the work starts, so that a long scan does not end in an
  /// error.
  llvm::Error check() const;
};

/// Is \p File a place where a file can be written?
llvm::Error checkWritable(llvm::StringRef File);

/// Filters, marks, renders and writes \p F; gives the exit code.
int finish(FindingsFile F, OutputOptions Opts);

/// Replaces \p File by \p Data as a whole (temporary file, then rename).
llvm::Error writeFile(llvm::StringRef File, llvm::StringRef Data);

/// The whole of \p File ("-" is standard input).
llvm::Expected<std::string> readFile(llvm::StringRef File);

llvm::Expected<FindingsFile> readFindings(llvm::StringRef File);

/// A profile as the runtime or `retsan merge` wrote it.
llvm::Expected<profile::Profile> readProfile(llvm::StringRef File);

bool useColor(When W, bool ToStdout);

} // namespace retsan::tool

#endif
