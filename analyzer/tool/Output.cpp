//===- Output.cpp - what verbs that report share --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Output.h"

#include "analyzer/model/ProfileJSON.h"
#include "analyzer/report/Html.h"
#include "analyzer/report/Pprof.h"
#include "analyzer/report/Sarif.h"
#include "analyzer/report/Suppressions.h"
#include "analyzer/report/Text.h"
#include "analyzer/report/Words.h"
#include "analyzer/tool/Verb.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
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

void OutputOptions::addTo(CommandLine &CL, bool WithLevel) {
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
  if (WithLevel)
    CL.choice<Confidence>("--level", Level,
                          {{"high", Confidence::High},
                           {"medium", Confidence::Medium},
                           {"low", Confidence::Low}},
                          ("report findings of this confidence and above "
                           "(default " +
                           toString(Level) + ")")
                              .str());
  CL.text("--baseline", "FILE", Baseline,
          "findings file of an earlier scan; what is in it is not new");
  CL.text("--suppressions", "FILE", Suppressions,
          "lines kind:template as LeakSanitizer has them; kinds: retsan, "
          "subject, file, function, check");
  CL.choice<FailOn>("--fail-on", On,
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

Error OutputOptions::check() const {
  if (Error E = checkWritable(File))
    return E;
  if (!Baseline.empty())
    if (Expected<FindingsFile> B = readFindings(Baseline); !B)
      return B.takeError();
  if (!Suppressions.empty())
    if (auto S = readSuppressions(Suppressions); !S)
      return S.takeError();
  return Error::success();
}

static Error mark(FindingsFile &F, const OutputOptions &Opts) {
  if (!Opts.Baseline.empty()) {
    Expected<FindingsFile> B = readFindings(Opts.Baseline);
    if (!B)
      return B.takeError();
    report::markBaseline(F, *B);
  }
  if (Opts.Suppressions.empty())
    return Error::success();
  Expected<report::Suppressions> S = readSuppressions(Opts.Suppressions);
  if (!S)
    return S.takeError();
  S->apply(F);
  if (Opts.Verbose)
    for (const std::string &Line : S->unused())
      note(Opts.Suppressions + ": '" + Line + "' matched no finding");
  return Error::success();
}

static std::string pretty(const json::Value &V) {
  return formatv("{0:2}\n", V).str();
}

static std::string render(const FindingsFile &F, const OutputOptions &Opts,
                          Format Fmt, report::Hidden Below) {
  switch (Fmt) {
  case Format::Json:
    return pretty(toJSON(F));
  case Format::Sarif:
    return pretty(report::toSarif(F));
  case Format::GitLab:
    return pretty(report::toGitLab(F));
  case Format::Html:
    return report::toHtml(F, Opts.Run);
  case Format::Pprof:
    return report::gzip(report::toPprof(F, *Opts.Run));
  case Format::Auto:
  case Format::Text:
    break;
  }
  std::string Text;
  raw_string_ostream OS(Text);
  report::TextOptions TO;
  TO.Color = useColor(Opts.Color, isStdout(Opts.File));
  TO.Verbose = Opts.Verbose;
  TO.Below = Below;
  report::printText(F, TO, OS);
  if (Opts.Run)
    report::printRun(*Opts.Run, TO, OS);
  return Text;
}

int finish(FindingsFile F, OutputOptions Opts) {
  report::Hidden Below = report::dropBelow(F, Opts.Level);
  if (Error E = mark(F, Opts))
    return failWith(std::move(E));
  Format Fmt = formatFor(Opts);
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
