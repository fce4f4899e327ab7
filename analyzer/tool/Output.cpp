//===- Output.cpp - what verbs that report share --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Output.h"

#include "analyzer/report/Drag.h"

#include "analyzer/model/ProfileJSON.h"
#include "analyzer/report/Html.h"
#include "analyzer/report/Nolint.h"
#include "analyzer/report/Pprof.h"
#include "analyzer/report/Sarif.h"
#include "analyzer/report/Suppressions.h"
#include "analyzer/report/Text.h"
#include "analyzer/report/Words.h"
#include "analyzer/tool/Verb.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <cerrno>
#include <cstdlib>
#include <unistd.h>

using namespace llvm;

namespace retsan::tool {

StringRef toolVersion() { return "retsan " RETSAN_VERSION_STRING; }

static void say(StringRef Kind, const Twine &Message) {
  errs() << "retsan: " << Kind << Message << "\n";
}
int failWith(const Twine &Message) {
  say("error: ", Message);
  return BadInput;
}
int failWith(Error E) { return failWith(toString(std::move(E))); }
void note(const Twine &Message) { say("note: ", Message); }
void warning(const Twine &Message) { say("warning: ", Message); }

static Error fileError(StringRef File, std::error_code EC) {
  return createStringError(EC, File + ": " + EC.message());
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

static bool isStdout(StringRef File) { return File.empty() || File == "-"; }

/// Pipes, terminals and /dev/null are written in place.
static bool isSpecial(StringRef File) {
  sys::fs::file_status Status;
  return !sys::fs::status(File, Status) &&
         Status.type() != sys::fs::file_type::regular_file;
}

static Expected<sys::fs::TempFile> temporaryFor(StringRef File) {
  Expected<sys::fs::TempFile> T =
      sys::fs::TempFile::create(File + ".%%%%%%%%.tmp");
  if (!T)
    return fileError(File, errorToErrorCode(T.takeError()));
  return T;
}

Error checkWritable(StringRef File) {
  if (isStdout(File))
    return Error::success();
  if (sys::fs::is_directory(File))
    return createStringError(inconvertibleErrorCode(),
                             File + ": is a directory");
  if (isSpecial(File))
    return Error::success();
  Expected<sys::fs::TempFile> T = temporaryFor(File);
  if (!T)
    return T.takeError();
  return T->discard();
}

/// Writes all of \p Data; gives the first error of the system.
static std::error_code writeAll(int FD, StringRef Data) {
  while (!Data.empty()) {
    ssize_t N = ::write(FD, Data.data(), Data.size());
    if (N < 0 && errno == EINTR)
      continue;
    if (N < 0)
      return std::error_code(errno, std::generic_category());
    Data = Data.drop_front(N);
  }
  return {};
}

Error writeFile(StringRef File, StringRef Data) {
  if (isStdout(File)) {
    outs().flush();
    if (std::error_code EC = writeAll(STDOUT_FILENO, Data))
      return fileError("standard output", EC);
    return Error::success();
  }
  if (isSpecial(File)) {
    int FD;
    std::error_code EC = sys::fs::openFileForWrite(
        File, FD, sys::fs::CD_OpenExisting, sys::fs::OF_None);
    if (!EC) {
      EC = writeAll(FD, Data);
      ::close(FD);
    }
    return EC ? fileError(File, EC) : Error::success();
  }
  Expected<sys::fs::TempFile> T = temporaryFor(File);
  if (!T)
    return T.takeError();
  std::error_code EC = writeAll(T->FD, Data);
  // mkstemp's mode is for secrets; a report is not one.
  if (!EC)
    EC = sys::fs::setPermissions(
        T->FD, static_cast<sys::fs::perms>(0666 & ~sys::fs::getUmask()));
  if (EC) {
    consumeError(T->discard());
    return fileError(File, EC);
  }
  if (Error E = T->keep(File))
    return fileError(File, errorToErrorCode(std::move(E)));
  return Error::success();
}

Expected<std::string> readFile(StringRef File) {
  if (File != "-" && sys::fs::is_directory(File))
    return createStringError(inconvertibleErrorCode(),
                             File + ": is a directory");
  ErrorOr<std::unique_ptr<MemoryBuffer>> B =
      MemoryBuffer::getFileOrSTDIN(File, /*IsText=*/false,
                                   /*RequiresNullTerminator=*/false);
  if (!B)
    return fileError(File, B.getError());
  return (*B)->getBuffer().str();
}

Expected<FindingsFile> readFindings(StringRef File) {
  Expected<std::string> Text = readFile(File);
  if (!Text)
    return Text.takeError();
  return parseFindings(*Text, File);
}

Expected<profile::Profile> readProfile(StringRef File) {
  Expected<std::string> Text = readFile(File);
  if (!Text)
    return Text.takeError();
  return profile::isJSONProfile(*Text) ? profile::parseJSONProfile(*Text, File)
                                       : profile::parseProfile(*Text, File);
}

bool useColor(When W, bool ToStdout) {
  if (W != When::Auto)
    return W == When::Always;
  const char *NoColor = std::getenv("NO_COLOR");
  return ToStdout && !(NoColor && *NoColor) && outs().is_displayed() &&
         sys::Process::StandardOutHasColors();
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

void OutputOptions::addTo(CommandLine &CL) {
  using report::FailOn;
  CL.choice<Format>("--format", F,
                    {{"text", Format::Text},
                     {"json", Format::Json},
                     {"sarif", Format::Sarif},
                     {"gitlab", Format::GitLab},
                     {"html", Format::Html},
                     {"pprof", Format::Pprof}},
                    "format of the report; without it, -o's extension decides "
                    "(.json, .sarif, .html, .pb.gz), else text");
  CL.text("-o", "FILE", File,
          "write the report to FILE instead of standard output");
  CL.choice<std::optional<Confidence>>(
      "--level", LevelGiven,
      {{"high", Confidence::High},
       {"medium", Confidence::Medium},
       {"low", Confidence::Low}},
      ("report findings of this confidence and above (default " +
       toString(Level) + ")")
          .str());
  CL.text("--policy", "FILE", PolicyFile,
          "levels, paths and budgets of the project (default: .retsan.yaml in "
          "the working folder or above it; none: no policy)");
  CL.text("--changed-lines", "DIFF", Changed,
          "unified diff (- for standard input): findings that it does not "
          "touch are not new");
  CL.text("--baseline", "FILE", Baseline,
          "findings file of an earlier scan; what is in it is not new");
  CL.text("--suppressions", "FILE", Suppressions,
          "lines kind:template as LeakSanitizer has them; kinds: retsan, "
          "subject, file, function, check");
  CL.choice<std::optional<FailOn>>(
      "--fail-on", OnGiven,
      {{"new", FailOn::New},
       {"high", FailOn::High},
       {"confirmed", FailOn::Confirmed},
       {"none", FailOn::None}},
      On == FailOn::Confirmed
          ? "which findings make the exit code 1 (default "
            "confirmed); refuted, suppressed and known ones "
            "never do"
          : "which findings make the exit code 1 (default new); "
            "refuted, suppressed and known ones never do");
  CL.choice<When>(
      "--color", Color,
      {{"auto", When::Auto}, {"always", When::Always}, {"never", When::Never}},
      "colours in the text report (default: on a terminal)");
  CL.flag("-v", Verbose,
          "name what was skipped and which suppressions never "
          "matched");
  CL.flag("--quiet", Quiet, "no notes and no progress on standard error");
}

static Format formatFor(const OutputOptions &Opts) {
  if (Opts.F != Format::Auto)
    return Opts.F;
  StringRef File = Opts.File;
  if (File.ends_with(".json"))
    return Format::Json;
  if (File.ends_with(".sarif"))
    return Format::Sarif;
  if (File.ends_with(".html"))
    return Format::Html;
  if (File.ends_with(".pb.gz"))
    return Format::Pprof;
  return Format::Text;
}

//===----------------------------------------------------------------------===//
// Reporting
//===----------------------------------------------------------------------===//

static Expected<report::Suppressions> readSuppressions(StringRef File) {
  Expected<std::string> Text = readFile(File);
  if (!Text)
    return Text.takeError();
  return report::Suppressions::parse(*Text, File);
}

/// The nearest .retsan.yaml at or above the working folder, or nothing.
static std::string findPolicy() {
  SmallString<256> Dir;
  if (sys::fs::current_path(Dir))
    return "";
  for (StringRef D = Dir; !D.empty(); D = sys::path::parent_path(D)) {
    SmallString<256> P(D);
    sys::path::append(P, ".retsan.yaml");
    if (sys::fs::is_regular_file(P))
      return P.str().str();
  }
  return "";
}

/// Files that a policy names are relative to its folder.
static std::string besidePolicy(StringRef Policy, StringRef File) {
  if (File.empty() || sys::path::is_absolute(File))
    return File.str();
  SmallString<256> P(sys::path::parent_path(Policy));
  sys::path::append(P, File);
  return P.str().str();
}

static Expected<report::Policy> readPolicy(StringRef Given) {
  std::string File = Given.empty() ? findPolicy() : Given.str();
  if (File.empty() || File == "none")
    return report::Policy();
  Expected<std::string> Text = readFile(File);
  if (!Text)
    return Text.takeError();
  return report::parsePolicy(*Text, File);
}

Error OutputOptions::prepare() {
  Expected<report::Policy> P = readPolicy(PolicyFile);
  if (!P)
    return P.takeError();
  Policy = std::move(*P);
  if (Verbose && !Policy.File.empty())
    note("policy: " + Policy.File);
  if (LevelGiven)
    Level = *LevelGiven;
  else if (MakesFindings && Policy.Level)
    Level = *Policy.Level;
  if (OnGiven || Policy.On)
    On = OnGiven ? *OnGiven : *Policy.On;
  if (Baseline.empty())
    Baseline = besidePolicy(Policy.File, Policy.Baseline);
  if (Suppressions.empty())
    Suppressions = besidePolicy(Policy.File, Policy.Suppressions);

  if (Error E = checkWritable(File))
    return E;
  if (!Changed.empty()) {
    Expected<std::string> Diff = readFile(Changed);
    if (!Diff)
      return Diff.takeError();
    Expected<report::ChangedLines> C = report::ChangedLines::parse(
        *Diff, Changed == "-" ? "standard input" : StringRef(Changed));
    if (!C)
      return C.takeError();
    Change = std::move(*C);
  }
  if (!Baseline.empty())
    if (Expected<FindingsFile> B = readFindings(Baseline); !B)
      return B.takeError();
  if (!Suppressions.empty())
    if (auto S = readSuppressions(Suppressions); !S)
      return S.takeError();
  return Error::success();
}

/// Names in a diff are relative to the top of the version control tree, or to
/// the folder where diff ran.
static std::vector<std::string> basesOf(StringRef Root) {
  std::vector<std::string> Bases;
  SmallString<256> Cwd;
  if (!sys::fs::current_path(Cwd))
    Bases.push_back(Cwd.str().str());
  for (StringRef D = Root; !D.empty(); D = sys::path::parent_path(D))
    if (sys::fs::exists(D + "/.git") || sys::fs::exists(D + "/.hg"))
      Bases.push_back(D.str());
  return Bases;
}

static Error mark(FindingsFile &F, const OutputOptions &Opts) {
  if (Opts.MakesFindings)
    report::applyNolint(F);
  if (Opts.Change) {
    report::ChangedLines C = *Opts.Change;
    C.setBases(basesOf(F.Root));
    C.apply(F);
  }
  if (!Opts.Baseline.empty()) {
    Expected<FindingsFile> B = readFindings(Opts.Baseline);
    if (!B)
      return B.takeError();
    report::markBaseline(F, *B);
  }
  if (!Opts.Suppressions.empty()) {
    Expected<report::Suppressions> S = readSuppressions(Opts.Suppressions);
    if (!S)
      return S.takeError();
    S->apply(F);
    if (Opts.Verbose)
      for (const std::string &Line : S->unused())
        note(Opts.Suppressions + ": '" + Line + "' matched no finding");
  }
  for (const std::string &Subject :
       report::applyBudgets(F, Opts.Policy.Budgets))
    if (Opts.Verbose)
      note(Opts.Policy.File + ": the budget of '" + Subject +
           "' matched no finding");
  return Error::success();
}

static std::string render(const FindingsFile &F, const OutputOptions &Opts,
                          Format Fmt, report::Hidden Below) {
  std::string Text;
  raw_string_ostream OS(Text);
  switch (Fmt) {
  case Format::Json:
    writeJSON(F, OS);
    return Text;
  case Format::Sarif:
    report::writeSarif(F, OS);
    return Text;
  case Format::GitLab:
    report::writeGitLab(F, OS);
    return Text;
  case Format::Html:
    return report::toHtml(F, Opts.Run);
  case Format::Pprof:
    return report::gzip(report::toPprof(F, *Opts.Run));
  case Format::Auto:
  case Format::Text:
    break;
  }
  report::TextOptions TO;
  TO.Color = useColor(Opts.Color, isStdout(Opts.File));
  TO.Verbose = Opts.Verbose;
  TO.Below = Below;
  report::printText(F, TO, OS);
  if (Opts.Run) {
    report::printRun(*Opts.Run, TO, OS);
    report::printDrag(*Opts.Run, &F, OS);
  }
  return Text;
}

std::string workingFolder() {
  SmallString<256> Here;
  sys::fs::current_path(Here);
  return Here.str().str();
}

int finish(FindingsFile F, OutputOptions Opts) {
  // Findings without a root are of the folder in which they are read.
  bool Movable = F.Root.empty();
  if (Movable)
    F.Root = workingFolder();
  static const std::vector<report::PathRule> NoRules;
  report::Hidden Below = report::applyLevels(
      F, Opts.Level, Opts.MakesFindings ? Opts.Policy.Paths : NoRules);
  if (Error E = mark(F, Opts))
    return failWith(std::move(E));
  Format Fmt = formatFor(Opts);
  if (Movable && Fmt == Format::Json)
    F.Root.clear();
  if (Fmt == Format::Pprof && !Opts.Run)
    return failWith("--format=pprof is about a run: give a profile to `retsan "
                    "report`, or use `retsan run`");
  if (Error E = writeFile(Opts.File, render(F, Opts, Fmt, Below)))
    return failWith(std::move(E));
  bool Fails = report::fails(F, Opts.On);
  if (!isStdout(Opts.File) && !Opts.Quiet)
    say("", report::plural(count_if(F.Findings, report::isNew), "finding") +
                " written to " + Opts.File);
  return Fails ? Found : NothingFound;
}

} // namespace retsan::tool
