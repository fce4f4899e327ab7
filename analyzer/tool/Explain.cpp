//===- Explain.cpp - retsan explain ---------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The long story of one finding.
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Graph.h"
#include "analyzer/report/Text.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Verb.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

/// The finding that \p Prefix names; subjects are taken as well, since people
/// remember those.
static Expected<const Finding *> pick(const FindingsFile &F, StringRef Prefix) {
  std::vector<const Finding *> Hits;
  for (const Finding &X : F.Findings)
    if (StringRef(X.Fingerprint).starts_with(Prefix) || X.Subject == Prefix)
      Hits.push_back(&X);
  if (Hits.size() == 1)
    return Hits.front();
  if (Hits.empty())
    return createStringError(inconvertibleErrorCode(),
                             "no finding has the fingerprint " + Prefix);
  std::string Names;
  for (const Finding *X : Hits)
    Names += " " + X->Fingerprint;
  return createStringError(inconvertibleErrorCode(),
                           "'" + Prefix + "' is not unique:" + Names);
}

int tool::explainMain(Arguments Args) {
  When Color = When::Auto;
  bool Dot = false;
  std::string File;
  CommandLine CL("explain [OPTIONS] findings.json FINGERPRINT",
                 "Tells all that is known of one finding: the calls that lead "
                 "there, the states of the object, every reader and clearer, "
                 "why it has its confidence, what runs have shown. A prefix of "
                 "the fingerprint that is unique will do, and so will the "
                 "subject's name.");
  CL.choice<bool>("--format", Dot, {{"text", false}, {"dot", true}},
                  "the story, or the graph of states for Graphviz (default "
                  "text)");
  CL.text("-o", "FILE", File, "write to FILE instead of standard output");
  CL.choice<When>(
      "--color", Color,
      {{"auto", When::Auto}, {"always", When::Always}, {"never", When::Never}},
      "colours (default: on a terminal)");
  CL.section("Environment", "  NO_COLOR  no colours unless --color=always\n");
  CL.section("Exit codes", "  0  shown\n"
                           "  2  wrong use, or no such finding\n"
                           "  3  internal failure\n");
  CL.section("Example", "  retsan explain findings.json 3fa9\n"
                        "  retsan explain --format=dot findings.json 3fa9 | "
                        "dot -Tsvg -o states.svg\n");
  Expected<CommandLine::Parsed> P = CL.parse(Args);
  if (!P)
    return failWith(P.takeError());
  if (P->Help) {
    CL.printHelp(outs());
    return NothingFound;
  }
  if (P->Positional.size() != 2 || P->Positional[1].empty())
    return failWith("explain takes a findings file and a fingerprint");
  Expected<FindingsFile> F = readFindings(P->Positional[0]);
  if (!F)
    return failWith(F.takeError());
  Expected<const Finding *> X = pick(*F, P->Positional[1]);
  if (!X)
    return failWith(X.takeError());

  report::TextOptions TO;
  TO.Color = useColor(Color, File.empty() || File == "-");
  std::string Text;
  raw_string_ostream OS(Text);
  if (Dot)
    OS << report::toDot(**X);
  else
    report::explainText(*F, **X, TO, OS);
  if (Error E = writeFile(File, Text))
    return failWith(std::move(E));
  return NothingFound;
}
