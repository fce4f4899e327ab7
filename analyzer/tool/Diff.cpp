//===- Diff.cpp - retsan diff ---------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What changed between two scans. Lines may move; fingerprints do not.
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Text.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Verb.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

using List = std::vector<const Finding *>;

static std::string asText(const report::Difference &D) {
  std::string Text;
  raw_string_ostream OS(Text);
  auto Section = [&](StringRef Title, const List &Fs) {
    OS << Title << ": " << Fs.size() << "\n";
    for (const Finding *X : Fs) {
      OS << "  ";
      report::printLine(*X, {}, OS);
    }
  };
  Section("introduced", D.Introduced);
  Section("fixed", D.Fixed);
  Section("pre-existing", D.PreExisting);
  return Text;
}

static std::string asJSON(const report::Difference &D) {
  auto Findings = [](const List &Fs) {
    FindingsFile F;
    for (const Finding *X : Fs)
      F.Findings.push_back(*X);
    return std::move(*toJSON(F).getAsObject()->get("findings"));
  };
  json::Value V = json::Object{{"schema", "retsan.diff/1"},
                               {"introduced", Findings(D.Introduced)},
                               {"fixed", Findings(D.Fixed)},
                               {"pre_existing", Findings(D.PreExisting)}};
  return formatv("{0:2}\n", V).str();
}

int tool::diffMain(Arguments Args) {
  Format F = Format::Text;
  std::string File;
  CommandLine CL("diff [OPTIONS] OLD.json NEW.json",
                 "Compares the findings of two scans by their fingerprints: "
                 "which are introduced, fixed, pre-existing.");
  CL.choice<Format>("--format", F,
                    {{"text", Format::Text}, {"json", Format::Json}},
                    "format of the output (default text)");
  CL.text("-o", "FILE", File, "write to FILE instead of standard output");
  CL.section("Environment", "  none\n");
  CL.section("Exit codes", "  0  nothing introduced\n"
                           "  1  something introduced\n"
                           "  2  wrong use, or input that cannot be read\n"
                           "  3  internal failure\n");
  CL.section("Example", "  retsan diff main.json branch.json\n");
  Expected<CommandLine::Parsed> P = CL.parse(Args);
  if (!P)
    return failWith(P.takeError());
  if (P->Help) {
    CL.printHelp(outs());
    return NothingFound;
  }
  if (P->Positional.size() != 2)
    return failWith("diff takes two findings files");
  Expected<FindingsFile> Old = readFindings(P->Positional[0]);
  if (!Old)
    return failWith(Old.takeError());
  Expected<FindingsFile> New = readFindings(P->Positional[1]);
  if (!New)
    return failWith(New.takeError());
  report::Difference D = report::diff(*Old, *New);
  if (Error E = writeFile(File, F == Format::Json ? asJSON(D) : asText(D)))
    return failWith(std::move(E));
  return D.Introduced.empty() ? NothingFound : Found;
}
