//===- Report.cpp - retsan report -----------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Findings, and what runs have shown of them, in any of the formats.
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Join.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Profiles.h"
#include "analyzer/tool/Verb.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

int tool::reportMain(Arguments Args) {
  OutputOptions Out;
  Out.Level = Confidence::Low;
  CommandLine CL(
      "report [OPTIONS] findings.json [PROFILE...]",
      "Prints the findings of a scan. With profiles of instrumented "
      "runs (files, or the folder that log_path named), each finding "
      "gets its verdict: confirmed, refuted or not exercised.");
  Out.addTo(CL);
  CL.section("Environment", "  NO_COLOR  no colours unless --color=always\n");
  CL.standardExitCodes();
  CL.section("Example", "  retsan report findings.json profile.*.retsan "
                        "--format=sarif -o findings.sarif\n");
  Expected<CommandLine::Parsed> P = CL.parse(Args);
  if (!P)
    return failWith(P.takeError());
  if (P->Help) {
    CL.printHelp(outs());
    return NothingFound;
  }
  if (P->Positional.empty())
    return failWith("no findings file given");
  if (Error E = Out.prepare())
    return failWith(std::move(E));

  Expected<FindingsFile> F = readFindings(P->Positional.front());
  if (!F)
    return failWith(F.takeError());
  std::vector<std::string> Files(P->Positional.begin() + 1,
                                 P->Positional.end());
  Expected<Profiles> Runs = readProfiles(Files);
  if (!Runs)
    return failWith(Runs.takeError());
  if (Runs->Sum) {
    // Places of a profile are absolute.
    if (F->Root.empty())
      F->Root = workingFolder();
    if (Error E = report::joinProfile(*F, *Runs->Sum, Files.front()))
      return failWith(std::move(E));
    Out.Run = &*Runs->Sum;
  }
  int Code = finish(std::move(*F), Out);
  return Runs->Unreadable ? BadInput : Code;
}
