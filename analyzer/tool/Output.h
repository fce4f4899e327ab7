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
#include "analyzer/report/ChangedLines.h"
#include "analyzer/report/Policy.h"
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
  /// What holds if neither the command line nor the policy says otherwise.
  Confidence Level = Confidence::High;
  report::FailOn On = report::FailOn::New;
  std::optional<Confidence> LevelGiven;
  std::optional<report::FailOn> OnGiven;
  std::string Baseline;
  std::string Suppressions;
  std::string PolicyFile; ///< Empty: searched; "none": no policy.
  std::string Changed;    ///< File of a unified diff, "-" or empty.
  report::Policy Policy;  ///< Filled by prepare.
  std::optional<report::ChangedLines> Change;
  /// The verb makes findings, from the sources as they are: the policy's level
  /// and comments in the sources count.
  bool MakesFindings = false;
  /// Why the finding counts as it does is decided by the verb: a run's profile.
  const profile::Profile *Run = nullptr;

  void addTo(CommandLine &CL);

  /// Reads the policy. Can the output be written, the baseline, the
  /// suppressions and the change be read? Asked before the work starts, so that
  /// a long scan does not end in an error.
  llvm::Error prepare();
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

/// Where findings without a root are taken to be.
std::string workingFolder();

/// A profile as the runtime or `retsan merge` wrote it.
llvm::Expected<profile::Profile> readProfile(llvm::StringRef File);

bool useColor(When W, bool ToStdout);

} // namespace retsan::tool

#endif
