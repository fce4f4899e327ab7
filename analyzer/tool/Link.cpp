//===- Link.cpp - retsan link ---------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Facts of many units to findings. Needs no sources, except to quote their
// lines.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Engine.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Verb.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

static Extracted readAll(const std::vector<std::string> &Files) {
  Extracted E;
  for (const std::string &File : Files) {
    Expected<std::string> Data = readFile(File);
    Expected<facts::Unit> U = Data ? facts::read(*Data, File)
                                   : Expected<facts::Unit>(Data.takeError());
    if (U) {
      E.Units.push_back(std::move(*U));
      continue;
    }
    std::string Why = toString(U.takeError());
    failWith(Why);
    E.Failed.push_back({File, Why});
  }
  return E;
}

int tool::linkMain(Arguments Args) {
  EngineOptions Engine;
  OutputOptions Out;
  Out.MakesFindings = true;
  CommandLine CL("link [OPTIONS] F.facts... [-o findings.json]",
                 "Links the facts of translation units into programs, solves "
                 "every record and reports, as `retsan scan` does.");
  Engine.addTo(CL);
  Out.addTo(CL);
  CL.section("Environment", "  NO_COLOR  no colours unless --color=always\n");
  CL.standardExitCodes();
  CL.section("Example", "  retsan link *.facts -o findings.json\n");

  Expected<CommandLine::Parsed> P = CL.parse(Args);
  if (!P)
    return failWith(P.takeError());
  if (P->Help) {
    CL.printHelp(outs());
    return NothingFound;
  }
  if (P->Positional.empty())
    return failWith("no facts file given");
  if (Error E = Out.prepare())
    return failWith(std::move(E));
  if (Engine.Checks.empty())
    Engine.Checks = Out.Policy.Checks;
  Expected<solve::Options> SO = Engine.forSolver();
  if (!SO)
    return failWith(SO.takeError());

  Extracted E = readAll(P->Positional);
  bool Failed = !E.Failed.empty();
  if (SO->Root.empty()) {
    std::vector<std::string> Files;
    for (const facts::Unit &U : E.Units)
      Files.push_back(U.MainFile);
    SO->Root = rootOf(Files);
  }
  Progress Bar(Out.Quiet);
  int Code = finish(solveAll(std::move(E), *SO, Bar), Out);
  return Failed ? BadInput : Code;
}
