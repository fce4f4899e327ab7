//===- Run.cpp - retsan run -----------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Runs an instrumented program, collects the profiles of all its processes,
// joins them with the findings and reports. The program's own exit status wins.
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Drag.h"
#include "analyzer/report/Join.h"
#include "analyzer/report/Text.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Profiles.h"
#include "analyzer/tool/Verb.h"
#include "retsan/abi.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

static volatile pid_t Child = 0;

/// Whoever ends us means the program; its profile is still wanted.
static void forward(int Signal) {
  if (Child > 0)
    kill(Child, Signal);
}

/// Wait status of \p Command, or an error if it could not be started.
static Expected<int> execute(const std::vector<std::string> &Command) {
  std::vector<char *> Argv;
  for (const std::string &A : Command)
    Argv.push_back(const_cast<char *>(A.c_str()));
  Argv.push_back(nullptr);

  // Closed by a successful exec, so that its failure can be told from the
  // program's own exit.
  int Pipe[2];
  if (pipe2(Pipe, O_CLOEXEC))
    return createStringError(std::error_code(errno, std::generic_category()),
                             "pipe");
  outs().flush();
  // Whoever ends this process ends the program: not before both are known.
  sigset_t Ending, Before;
  sigemptyset(&Ending);
  sigaddset(&Ending, SIGTERM);
  sigaddset(&Ending, SIGHUP);
  sigprocmask(SIG_BLOCK, &Ending, &Before);
  Child = fork();
  if (Child == 0)
    sigprocmask(SIG_SETMASK, &Before, nullptr);
  if (Child < 0)
    return createStringError(std::error_code(errno, std::generic_category()),
                             "fork");
  if (Child == 0) {
    execvp(Argv[0], Argv.data());
    int Error = errno;
    (void)!write(Pipe[1], &Error, sizeof Error);
    _exit(127);
  }
  close(Pipe[1]);
  // The terminal sends its signals to the program itself.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  struct sigaction Action{};
  Action.sa_handler = forward;
  sigaction(SIGTERM, &Action, nullptr);
  sigaction(SIGHUP, &Action, nullptr);
  sigprocmask(SIG_SETMASK, &Before, nullptr);

  int Failure = 0;
  ssize_t N;
  while ((N = read(Pipe[0], &Failure, sizeof Failure)) < 0 && errno == EINTR)
    ;
  close(Pipe[0]);
  int Status = 0;
  while (waitpid(Child, &Status, 0) < 0 && errno == EINTR)
    ;
  Child = 0;
  signal(SIGINT, SIG_DFL);
  signal(SIGQUIT, SIG_DFL);
  if (N == sizeof Failure)
    return createStringError(std::error_code(Failure, std::generic_category()),
                             Command.front() + ": " + strerror(Failure));
  return Status;
}

/// Adds log_path to the user's own options; the last one counts.
static void setRuntimeOptions(StringRef LogPath) {
  const char *Own = std::getenv("RETSAN_OPTIONS");
  std::string All = Own && *Own ? std::string(Own) + ":" : "";
  All += "log_path=" + LogPath.str();
  setenv("RETSAN_OPTIONS", All.c_str(), 1);
}

/// The program's status as a shell has it; 0 if it went well.
static int exitCodeOf(int Status) {
  if (WIFSIGNALED(Status))
    return 128 + WTERMSIG(Status);
  return WIFEXITED(Status) ? WEXITSTATUS(Status) : InternalFailure;
}

static std::string howItEnded(int Status) {
  if (WIFSIGNALED(Status))
    return std::string("was ended by signal ") + strsignal(WTERMSIG(Status));
  return "left with status " + std::to_string(WEXITSTATUS(Status));
}

/// Without findings there is nothing to join: what the run found by itself.
static std::string plainReport(const profile::Profile &P) {
  std::string Text;
  raw_string_ostream OS(Text);
  report::printDrag(P, nullptr, OS);
  report::printRun(P, {}, OS);
  return Text;
}

/// The runtime for a program that was not linked with it; empty if this program
/// is not where it was built or installed.
static std::string preloadedRuntime() {
  SmallString<256> Self;
  if (sys::fs::real_path("/proc/self/exe", Self))
    return "";
  StringRef Prefix = sys::path::parent_path(sys::path::parent_path(Self));
  for (StringRef Dir : {StringRef("lib"), StringRef(RETSAN_LIBDIR)}) {
    SmallString<256> Path(Prefix);
    sys::path::append(Path, Dir, "libretsan_rt.so");
    if (sys::fs::exists(Path))
      return std::string(Path);
  }
  return "";
}

/// Mode heap: the runtime comes first in LD_PRELOAD.
static Error preload() {
  std::string Runtime = preloadedRuntime();
  if (Runtime.empty())
    return createStringError(
        inconvertibleErrorCode(),
        "libretsan_rt.so is not found beside this program");
  if (const char *Old = std::getenv("LD_PRELOAD"); Old && *Old)
    Runtime += std::string(":") + Old;
  setenv("LD_PRELOAD", Runtime.c_str(), 1);
  return Error::success();
}

int tool::runMain(Arguments Args) {
  OutputOptions Out;
  Out.Level = Confidence::Low;
  Out.On = report::FailOn::Confirmed;
  std::string FindingsPath, Keep, Mode;
  if (const char *S = std::getenv("RETSAN_SUSPECTS"))
    FindingsPath = S;
  CommandLine CL("run [OPTIONS] -- CMD [ARGS...]",
                 "Runs a program that retsan-clang has built, with its own "
                 "input and output, collects the profiles of all its "
                 "processes, and reports each finding with its verdict.");
  CL.text("--findings", "FILE", FindingsPath,
          "the findings that the program was built with (default: "
          "$RETSAN_SUSPECTS)");
  CL.text("--mode", "heap", Mode,
          "preload the runtime into a program that was not built for it, and "
          "say what each global, module and thread alone retains");
  CL.text("--keep-profiles", "DIR", Keep,
          "leave the profiles in DIR (default: a temporary folder)");
  Out.addTo(CL);
  CL.section("Environment",
             "  RETSAN_OPTIONS   passed on to the runtime, log_path added\n"
             "  RETSAN_SUSPECTS  findings file if there is no --findings\n"
             "  NO_COLOR         no colours unless --color=always\n");
  CL.section("Exit codes",
             "  the program's own, if it is not 0 (128+n for signal n); else\n"
             "  0  nothing that --fail-on counts\n"
             "  1  findings, as --fail-on counts them\n"
             "  2  wrong use, no profile, or input that cannot be read\n"
             "  3  internal failure\n");
  CL.section("Example",
             "  retsan run --findings=findings.json -- ./server --test\n"
             "  retsan run --mode=heap -- /usr/bin/any-program\n");
  Expected<CommandLine::Parsed> P = CL.parse(Args);
  if (!P)
    return failWith(P.takeError());
  if (P->Help) {
    CL.printHelp(outs());
    return NothingFound;
  }
  if (!P->Positional.empty())
    return failWith("write `--` before the program: retsan run -- " +
                    P->Positional.front());
  if (P->AfterDashes.empty())
    return failWith("no program given; retsan run [OPTIONS] -- CMD");
  if (Error E = Out.prepare())
    return failWith(std::move(E));
  if (!Mode.empty() && Mode != "heap")
    return failWith("--mode=" + Mode +
                    ": only heap is chosen here; the others are compiled in "
                    "(retsan-clang --retsan-mode=)");
  std::optional<FindingsFile> F;
  if (Mode.empty() && !FindingsPath.empty()) {
    Expected<FindingsFile> Read = readFindings(FindingsPath);
    if (!Read)
      return failWith(Read.takeError());
    F = std::move(*Read);
    if (F->Root.empty()) // Places of a profile are absolute.
      F->Root = workingFolder();
  }

  SmallString<128> Dir(Keep);
  std::error_code EC = Keep.empty()
                           ? sys::fs::createUniqueDirectory("retsan", Dir)
                           : sys::fs::create_directories(Dir);
  if (!EC)
    EC = sys::fs::make_absolute(Dir);
  if (EC)
    return failWith(Dir + ": " + EC.message());
  auto Cleanup = make_scope_exit([&] {
    if (Keep.empty())
      sys::fs::remove_directories(Dir);
  });
  setRuntimeOptions((Dir + "/profile").str());
  if (Mode == "heap")
    if (Error E = preload())
      return failWith(std::move(E));

  Expected<int> Status = execute(P->AfterDashes);
  if (!Status)
    return failWith(Status.takeError());
  int Own = exitCodeOf(*Status);
  // The program's status wins over what reporting comes to.
  auto Code = [Own](int Ours) { return Own ? Own : Ours; };

  Expected<Profiles> Runs = readProfiles(profilesIn(Dir));
  if (!Runs)
    return Code(failWith(Runs.takeError()));
  if (!Runs->Sum)
    return Code(
        failWith("no profile was written: " + P->AfterDashes.front() + " " +
                 howItEnded(*Status) +
                 (WIFSIGNALED(*Status) ? " before the runtime could write one"
                                       : "; was it built with retsan-clang?")));
  if (Runs->Partial)
    warning("the profile is partial (the program " + howItEnded(*Status) +
            "): what it recorded last may be missing");
  if (!F) {
    if (Error E = writeFile(Out.File, plainReport(*Runs->Sum)))
      return Code(failWith(std::move(E)));
    if (!Out.Quiet && Runs->Sum->Mode != RETSAN_MODE_HEAP)
      note("no --findings given: nothing to join the profile with");
    return Code(NothingFound);
  }
  if (Error E = report::joinProfile(*F, *Runs->Sum, P->AfterDashes.front()))
    return Code(failWith(std::move(E)));
  Out.Run = &*Runs->Sum;
  int Result = finish(std::move(*F), Out);
  return Code(Runs->Unreadable ? BadInput : Result);
}
