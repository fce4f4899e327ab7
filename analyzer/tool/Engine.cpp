//===- Engine.cpp - from commands or facts to findings --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Engine.h"

#include "analyzer/report/Select.h"
#include "analyzer/tool/Verb.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::tool {

void EngineOptions::addTo(CommandLine &CL) {
  using solve::World;
  CL.text("--root", "DIR", Root,
          "folder that reported files are relative to (default: top of the "
          "version control tree, else the working folder)");
  CL.number("--jobs", "N", Jobs, "threads (default: one for each core)");
  CL.text("--checks", "GLOBS", Checks,
          "checks to run, as clang-tidy takes them: 'retsan-*,-retsan-"
          "unread-owner' (default: all)");
  CL.choice<solve::World>("--closed-world", this->World,
                          {{"auto", World::Auto},
                           {"program", World::Program},
                           {"library", World::Library},
                           {"tu", World::Tu}},
                          "callers that the scan may assume to have seen: all "
                          "(program), none outside (library), those of one "
                          "unit (tu); auto: program where there is a main");
  CL.add({"--dealloc", "NAME:ARG",
          "function NAME frees its argument ARG (from 0); may be repeated",
          [this](StringRef V) -> Error {
            auto [Name, Arg] = V.split(':');
            solve::Deallocator D;
            D.Name = Name.str();
            if (Name.empty() || (!Arg.empty() && Arg.getAsInteger(10, D.Arg)))
              return createStringError(inconvertibleErrorCode(),
                                       "'" + V +
                                           "' is no deallocator; write "
                                           "--dealloc=NAME:ARG");
            Deallocators.push_back(D);
            return Error::success();
          }});
  CL.add({"--subject", "GLOB",
          "solve only fields and variables of that name: 'conn.rbuf', "
          "'*.next'; may be repeated (default: all)",
          [this](StringRef V) -> Error {
            if (Expected<GlobPattern> P = GlobPattern::create(V); !P)
              return createStringError(inconvertibleErrorCode(),
                                       "--subject: '" + V +
                                           "': " + toString(P.takeError()));
            Subjects.push_back(V.str());
            return Error::success();
          }});
  CL.text("--program", "NAME", Program,
          "of several programs, link only the one whose main is in NAME: "
          "'server', 'server.c', 'tools/dump' (default: all)");
  CL.number("--solve-limit", "SEC", SolveLimit,
            "begin no further subject SEC seconds after solving began; the "
            "coverage counts what is left (default: 0, no limit)");
}

Expected<solve::Options> EngineOptions::forSolver() const {
  solve::Options O;
  O.W = World;
  O.Jobs = Jobs;
  O.Deallocators = Deallocators;
  O.Subjects = Subjects;
  O.Program = Program;
  if (SolveLimit)
    O.Limit = std::chrono::seconds(SolveLimit);
  if (!Checks.empty()) {
    Expected<std::vector<std::string>> Selected = report::selectChecks(Checks);
    if (!Selected)
      return Selected.takeError();
    O.Checks = std::move(*Selected);
  }
  if (!Root.empty()) {
    if (!sys::fs::is_directory(Root))
      return createStringError(inconvertibleErrorCode(),
                               "--root: " + Root + " is no folder");
    SmallString<256> Path;
    if (std::error_code EC = sys::fs::real_path(Root, Path))
      return createStringError(EC, "--root: " + Root + ": " + EC.message());
    O.Root = Path.str().str();
  }
  return O;
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

static std::string absolute(StringRef Path) {
  SmallString<256> P(Path);
  sys::fs::make_absolute(P);
  sys::path::remove_dots(P, /*remove_dot_dot=*/true);
  return P.str().str();
}

/// The nearest folder at or above \p From that holds \p Name.
static std::string findUpward(StringRef From, StringRef Name) {
  for (StringRef Dir = From; !Dir.empty(); Dir = sys::path::parent_path(Dir)) {
    SmallString<256> P(Dir);
    sys::path::append(P, Name);
    if (sys::fs::exists(P))
      return Dir.str();
  }
  return "";
}

static Expected<std::string> findDatabase(const Inputs &In) {
  static constexpr StringLiteral Name = "compile_commands.json";
  std::string From = absolute(!In.BuildDir.empty() ? In.BuildDir
                              : In.Paths.empty()   ? "."
                                                   : In.Paths.front());
  if (!In.BuildDir.empty()) {
    if (sys::path::filename(From) == Name && sys::fs::is_regular_file(From))
      return sys::path::parent_path(From).str();
    if (sys::fs::exists(From + "/" + Name))
      return From;
    return createStringError(inconvertibleErrorCode(),
                             "no " + Name + " in " + In.BuildDir);
  }
  std::string Found = findUpward(From, Name);
  if (Found.empty())
    Found = findUpward(absolute("."), Name);
  if (!Found.empty())
    return Found;
  return createStringError(
      inconvertibleErrorCode(),
      "no " + Name + " in " + From +
          " or a folder above it; give -p BUILD_DIR, or "
          "files and `-- FLAGS`; a build that writes none: "
          "`RETSAN_FACTS=DIR make CC=retsan-clang`, then "
          "`retsan link DIR`");
}

Expected<std::vector<extract::Command>> findCommands(const Inputs &In,
                                                     unsigned &Problems) {
  std::vector<extract::Command> Commands;
  if (In.HasFlags) {
    if (In.Paths.empty())
      return createStringError(inconvertibleErrorCode(),
                               "no source file before `--`");
    for (const std::string &Path : In.Paths) {
      if (sys::fs::is_regular_file(Path)) {
        Commands.push_back(extract::makeCommand(absolute(Path), In.Flags));
        continue;
      }
      failWith(Path + (sys::fs::exists(Path) ? ": is no source file"
                                             : ": no such file"));
      ++Problems;
    }
  } else {
    Expected<std::string> Dir = findDatabase(In);
    if (!Dir)
      return Dir.takeError();
    std::vector<std::string> Errors;
    auto Loaded = extract::loadCommands(*Dir, In.Paths, Errors);
    if (!Loaded)
      return Loaded.takeError();
    for (const std::string &E : Errors)
      failWith(E);
    Problems += Errors.size();
    Commands = std::move(*Loaded);
  }
  if (Commands.empty() && !Problems)
    return createStringError(inconvertibleErrorCode(), "no file to scan");
  return Commands;
}

std::string rootOf(const std::vector<std::string> &Files) {
  SmallString<256> Cwd;
  sys::fs::current_path(Cwd);
  if (Files.empty())
    return Cwd.str().str();
  auto IsBelow = [](StringRef File, StringRef Dir) {
    return Dir == "/" || (File.consume_front(Dir) && File.starts_with("/"));
  };
  std::string Common = sys::path::parent_path(Files.front()).str();
  for (const std::string &F : Files)
    while (!Common.empty() && !IsBelow(F, Common))
      Common = sys::path::parent_path(Common).str();
  for (const char *Mark : {".git", ".hg", ".svn", ".jj"})
    if (std::string Top = findUpward(Common, Mark); !Top.empty())
      return Top;
  return IsBelow(Common + "/", Cwd) ? Cwd.str().str() : Common;
}

//===----------------------------------------------------------------------===//
// Solving
//===----------------------------------------------------------------------===//

Error checkProgram(const std::vector<std::string> &Mains, StringRef Name) {
  if (Name.empty())
    return Error::success();
  std::vector<std::string> Names;
  for (const std::string &F : Mains) {
    if (solve::isProgram(F, Name))
      return Error::success();
    Names.push_back(sys::path::stem(F).str());
  }
  return createStringError(inconvertibleErrorCode(),
                           "--program: no program '" + Name + "'; " +
                               (Names.empty()
                                    ? "no unit has a main"
                                    : "there is " + join(Names, ", ")));
}

void sayCapped(solve::Options &Opts) {
  Opts.Capped = [](const Skipped &S) {
    note("cut short: " + S.What + " (" + S.Why + ")");
  };
}

void showProgress(solve::Options &Opts, Progress &P) {
  Opts.Progress = [&](size_t Done, size_t Total) {
    P.step("solve", Done, Total, "");
  };
}

void complete(FindingsFile &F, StringRef Root, std::vector<Skipped> Failed) {
  F.Root = Root.str();
  F.Tool = toolVersion().str();
  for (Skipped &S : Failed) {
    StringRef Rest = S.What;
    if (Rest.consume_front(Root) && Rest.consume_front("/"))
      S.What = Rest.str();
    F.Cov.Failed.push_back(std::move(S));
  }
}

FindingsFile solveAll(Extracted E, solve::Options Opts, Progress &P) {
  showProgress(Opts, P);
  FindingsFile F = solve::solve(std::move(E.Units), Opts);
  P.wipe();
  complete(F, Opts.Root, std::move(E.Failed));
  return F;
}

} // namespace retsan::tool
