//===- Scan.cpp - retsan scan ---------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Source files to findings in one go: extract every unit, link, solve, report.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/AnswerFile.h"
#include "analyzer/tool/Cache.h"
#include "analyzer/tool/Engine.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Unscanned.h"
#include "analyzer/tool/Verb.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

int tool::scanMain(Arguments Args) {
  Inputs In;
  EngineOptions Engine;
  OutputOptions Out;
  Out.MakesFindings = true;
  std::string CacheDir = Cache::defaultDir();
  bool NoCache = false;
  ExtractLimits Limits;
  Limits.Seconds = 600;

  CommandLine CL(
      "scan [OPTIONS] [PATHS...]\n       retsan scan [OPTIONS] FILES... -- "
      "FLAGS...",
      "Finds pointer fields that outlive their meaning. Files and their flags "
      "come from compile_commands.json (all of it, or what is at or below "
      "PATHS); with `--`, the FILES are compiled with FLAGS instead.");
  CL.text("-p", "BUILD_DIR", In.BuildDir,
          "folder of compile_commands.json (default: searched from the first "
          "path upwards)");
  Engine.addTo(CL);
  Out.addTo(CL);
  CL.flag("--no-cache", NoCache, "parse every file and solve all again");
  CL.text("--cache-dir", "DIR", CacheDir,
          "folder of cached facts and answers (default: "
          "$XDG_CACHE_HOME/retsan, else "
          "~/.cache/retsan)");
  CL.number("--unit-limit", "SEC", Limits.Seconds,
            "give a unit up after SEC seconds of processor time and go on "
            "without it; 0 means never (default: 600)");
  CL.section("Environment", "  XDG_CACHE_HOME  parent of the cache's folder\n"
                            "  NO_COLOR        no colours unless "
                            "--color=always\n");
  CL.standardExitCodes();
  CL.section("Example", "  retsan scan -p build -o findings.json\n"
                        "  retsan scan --level=medium src/assoc.c -- -Isrc\n");

  Expected<CommandLine::Parsed> P = CL.parse(Args);
  if (!P)
    return failWith(P.takeError());
  if (P->Help) {
    CL.printHelp(outs());
    return NothingFound;
  }
  In.Paths = P->Positional;
  In.HasFlags = P->HasDashes;
  In.Flags = P->AfterDashes;
  if (In.HasFlags && !In.BuildDir.empty())
    return failWith("-p and `-- FLAGS` exclude each other");

  if (Error E = Out.prepare())
    return failWith(std::move(E));
  if (Engine.Checks.empty())
    Engine.Checks = Out.Policy.Checks;
  Expected<solve::Options> SO = Engine.forSolver();
  if (!SO)
    return failWith(SO.takeError());

  unsigned Problems = 0;
  Expected<std::vector<extract::Command>> Commands = findCommands(In, Problems);
  if (!Commands)
    return failWith(Commands.takeError());
  if (SO->Root.empty()) {
    std::vector<std::string> Files;
    for (const extract::Command &C : *Commands)
      Files.push_back(C.File);
    SO->Root = rootOf(Files);
  }

  Progress Bar(Out.Quiet);
  Limits.Jobs = Engine.Jobs;
  Extracted E =
      extractAll(*Commands, Limits, NoCache ? "" : CacheDir, Out.Quiet, Bar);
  bool Hung = E.Hung;
  Problems += E.Failed.size();
  std::vector<std::string> Failed;
  for (const Skipped &Unit : E.Failed)
    Failed.push_back(Unit.What);
  if (Out.Verbose)
    note(Twine(E.FromCache) + " of " + Twine(Commands->size()) +
         " units came from the cache");
  std::vector<std::string> Mains;
  for (const facts::Unit &U : E.Units)
    if (solve::hasMain(U))
      Mains.push_back(U.MainFile);
  if (Error Wrong = checkProgram(Mains, SO->Program)) {
    int Code = failWith(std::move(Wrong));
    if (Hung)
      endProcess(Code);
    return Code;
  }
  AnswerFile Known(NoCache ? "" : CacheDir, SO->Root);
  if (!NoCache)
    SO->Answers = &Known;
  if (Out.Verbose)
    sayCapped(*SO);
  FindingsFile F = solveAll(std::move(E), *SO, Bar);
  if (!In.HasFlags) {
    StringSet<> Scanned;
    for (const extract::Command &C : *Commands)
      Scanned.insert(C.File);
    lowerByUnscanned(F, Scanned);
  }
  lowerByFailed(F, Failed);
  Known.close();
  if (Out.Verbose)
    note(Twine(Known.hits()) + " answers came from the cache");
  int Code = finish(std::move(F), Out);
  Code = Problems ? int(BadInput) : Code;
  if (Hung)
    endProcess(Code);
  return Code;
}
