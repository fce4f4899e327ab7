//===- RetsanClang.cpp - drop-in for clang and clang++ --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// retsan-clang runs clang 19 with everything it was given, plus the plugins
// where something is compiled and the runtime where a program is linked. It
// must survive any `configure`: what it does not know it passes on unchanged,
// and it prints nothing of its own unless something is wrong.
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"
#include "analyzer/plugin/Suspects.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

using namespace llvm;
using namespace retsan::driver;

/// Wrong use, or a file that cannot be used.
constexpr int ExitUsage = 2;
/// Our own parts are missing.
constexpr int ExitBroken = 3;

static constexpr StringLiteral Help =
    R"(USAGE: retsan-clang [--retsan-OPTION...] clang arguments...

Compiles with clang 19 and instruments the suspect fields of a scan, so that a run
of the program proves or refutes each one. retsan-clang++ does the same for C++.
All other arguments go to clang unchanged.

  --retsan-suspects=FILE  findings of `retsan scan` or `retsan link` (JSON).
                          Without it nothing is instrumented, and programs are
                          linked with the runtime all the same.
  --retsan-mode=MODE      suspects (default): watch the suspects; stamp: also note
                          when any allocation was last used; all: also rank every
                          pointer field by its drag; heap: instrument nothing, say
                          what globals, modules and threads retain alone.
  --retsan-facts=DIR      also write the facts of each unit into DIR, for
                          `retsan link`.
  --retsan-help           this text.

Environment, for builds that cannot take options (an option wins over it):
  RETSAN_SUSPECTS=FILE    use an absolute path: builds change folders
  RETSAN_MODE=MODE
  RETSAN_FACTS=DIR
  RETSAN_CLANG=FILE       the clang to run, instead of the one found at build time

Objects depend on the suspects file (it is in their depfiles). Shared objects do not
hold the runtime; the program that loads them does, so link it with retsan-clang.
Static programs (-static, -static-pie) get the runtime with its own allocator;
with -fsanitize=address or leak the sanitizer's allocator is used.

Exit status: that of clang; 2 for wrong use or an unreadable suspects file, 3 if
clang 19 or a part of RetSan is missing.
)";

[[noreturn]] static void fail(int Code, const Twine &Why) {
  errs() << "retsan-clang: error: " << Why << '\n';
  std::exit(Code);
}

static std::string fromEnvironment(const char *Name) {
  const char *V = std::getenv(Name);
  return V ? V : "";
}

/// The clang to run: RETSAN_CLANG, the one that the plugins were built for, or
/// clang-19 in PATH.
static std::string findClang() {
  std::string Env = fromEnvironment("RETSAN_CLANG");
  if (!Env.empty()) {
    ErrorOr<std::string> Found = sys::findProgramByName(Env);
    if (!Found)
      fail(ExitBroken,
           "RETSAN_CLANG names '" + Env +
               "', which is no program: " + Found.getError().message());
    return *Found;
  }
  if (sys::fs::can_execute(RETSAN_BUILD_CLANG))
    return RETSAN_BUILD_CLANG;
  if (ErrorOr<std::string> Found = sys::findProgramByName("clang-19"))
    return *Found;
  fail(ExitBroken, "clang 19 is not found: neither '" RETSAN_BUILD_CLANG
                   "' nor clang-19 in PATH; RETSAN_CLANG may name it");
}

/// A file of ours, looked for beside this program's folder, in the layout of
/// the build tree or of an installation.
static std::string findPart(StringRef Name) {
  SmallString<256> Self;
  if (std::error_code EC = sys::fs::real_path("/proc/self/exe", Self))
    fail(ExitBroken, "cannot find the folder of this program: " + EC.message());
  StringRef Prefix = sys::path::parent_path(sys::path::parent_path(Self));
  for (StringRef Dir : {StringRef("lib"), StringRef(RETSAN_LIBDIR)}) {
    SmallString<256> Path(Prefix);
    sys::path::append(Path, Dir, Name);
    if (sys::fs::exists(Path))
      return std::string(Path);
  }
  fail(ExitBroken, "'" + Name + "' is not found beside " + Self);
}

static void checkMode(StringRef Mode) {
  if (!retsan::plugin::modeOf(Mode))
    fail(ExitUsage, "unknown mode '" + Mode +
                        "'; the modes are suspects, stamp, all, heap");
}

/// Whether the mode of \p R changes what is compiled.
static bool instruments(const Request &R) {
  return R.Mode != "heap" && (!R.Suspects.empty() || R.Mode != "suspects");
}

/// Arguments for the compile step.
static void addCompile(const Request &R, std::vector<std::string> &Out) {
  if (instruments(R)) {
    Out.push_back("-fplugin=" + findPart("retsan-clang-plugin.so"));
    Out.push_back("-fplugin-arg-retsan-mode=" + R.Mode);
    Out.push_back("-fpass-plugin=" + findPart("retsan-passes.so"));
    if (!R.Suspects.empty()) {
      Out.push_back("-fplugin-arg-retsan-suspects=" + R.Suspects);
      Out.push_back("-Xclang");
      Out.push_back("-fdepfile-entry=" + R.Suspects);
    }
    // Asking for remarks that do not exist makes clang keep source positions,
    // which the events carry, without writing debug information.
    Out.push_back("-Rpass=^retsan-keeps-locations$");
  } else if (!R.Facts.empty()) {
    Out.push_back("-fplugin=" + findPart("retsan-clang-plugin.so"));
  }
  if (!R.Facts.empty())
    Out.push_back("-fplugin-arg-retsan-facts=" + R.Facts);
  // Locals on a stack of AddressSanitizer's own would be no roots.
  if (R.Sanitized)
    Out.push_back("-fsanitize-address-use-after-return=never");
}

/// Arguments for the link step. They come last: the runtime takes the place of
/// libc's malloc whatever libraries the program names.
static void addLink(const Request &R, std::vector<std::string> &Out) {
  if (R.Shared) {
    // The runtime is in the program, so its symbols are undefined here.
    if (R.ForbidsUndefined)
      Out.push_back("-Wl,-z,undefs");
    return;
  }
  if (R.Relocatable || R.NoLibraries)
    return;
  if (R.Static) {
    // Names are unique there: what the runtime stands in front of is renamed.
    for (const char *Name :
         {"__libc_start_main", "exit", "_exit", "_Exit", "quick_exit", "abort",
          "execve", "execvpe", "fexecve", "execv", "execvp", "execl", "execlp",
          "execle"})
      Out.push_back(std::string("-Wl,--wrap=") + Name);
    Out.push_back("-Wl,--push-state,--whole-archive," +
                  findPart("libretsan_rt_for_static.a") + ",--pop-state");
    Out.push_back("-lpthread");
    return;
  }
  if (R.Sanitized)
    Out.push_back("-Wl,--wrap=realloc");
  Out.push_back("-Wl,--push-state,--whole-archive," +
                findPart(R.Sanitized ? "libretsan_rt_for_sanitizers.a"
                                     : "libretsan_rt.a") +
                ",--pop-state");
  // Instrumented shared objects, also those that dlopen brings, find it here.
  Out.push_back("-Wl,--export-dynamic-symbol=__retsan_*");
  Out.push_back("-Wl,--export-dynamic-symbol=retsan_*");
  Out.push_back("-lpthread");
  Out.push_back("-ldl");
}

int main(int Argc, char **Argv) {
  Request R = readArguments({Argv + 1, Argv + Argc});
  if (!R.Error.empty())
    fail(ExitUsage, R.Error);
  if (R.Help) {
    outs() << Help;
    return 0;
  }
  if (R.Suspects.empty())
    R.Suspects = fromEnvironment("RETSAN_SUSPECTS");
  if (R.Mode.empty())
    R.Mode = fromEnvironment("RETSAN_MODE");
  if (R.Facts.empty())
    R.Facts = fromEnvironment("RETSAN_FACTS");
  if (R.Mode.empty())
    R.Mode = "suspects";
  checkMode(R.Mode);

  std::string Clang = findClang();
  std::vector<std::string> Out{Clang};
  if (sys::path::filename(Argv[0]).contains("++"))
    Out.push_back("--driver-mode=g++");
  bool Adds = R.HasInput && !R.Raw;
  if (Adds && !R.Forbidden.empty() && (R.Compiles || R.Links))
    fail(ExitUsage, "-fsanitize=" + R.Forbidden +
                        " replaces malloc and does not go with RetSan's "
                        "runtime; address, leak and undefined do");
  if (Adds && R.Compiles) {
    if (!R.Suspects.empty())
      if (Expected<retsan::plugin::SuspectList> L =
              retsan::plugin::readSuspects(R.Suspects);
          !L)
        fail(ExitUsage, toString(L.takeError()));
    std::vector<std::string> Extra;
    addCompile(R, Extra);
    if (!Extra.empty()) {
      Out.push_back("--start-no-unused-arguments");
      Out.insert(Out.end(), Extra.begin(), Extra.end());
      Out.push_back("--end-no-unused-arguments");
    }
  }
  if (R.Verbose && !instruments(R))
    errs() << "retsan-clang: no suspects given, nothing is instrumented\n";
  Out.insert(Out.end(), R.Rest.begin(), R.Rest.end());
  if (Adds && R.Links)
    addLink(R, Out);

  std::vector<char *> Args;
  for (std::string &A : Out)
    Args.push_back(A.data());
  Args.push_back(nullptr);
  execv(Clang.c_str(), Args.data());
  fail(ExitBroken, "cannot run '" + Clang + "': " + std::strerror(errno));
}
