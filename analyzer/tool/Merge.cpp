//===- Merge.cpp - retsan merge -------------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Profiles of many runs or machines to one.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/ProfileJSON.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Profiles.h"
#include "analyzer/tool/Verb.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

static int mergeFindings(const std::vector<std::string> &Files, StringRef Out) {
  std::vector<FindingsFile> Shards;
  for (const std::string &File : Files) {
    Expected<FindingsFile> F = readFindings(File);
    if (!F)
      return failWith(F.takeError());
    Shards.push_back(std::move(*F));
  }
  Expected<FindingsFile> Sum = report::mergeShards(std::move(Shards));
  if (!Sum)
    return failWith(Sum.takeError());
  std::string Text;
  raw_string_ostream OS(Text);
  writeJSON(*Sum, OS);
  if (Error E = writeFile(Out, Text))
    return failWith(std::move(E));
  return NothingFound;
}

int tool::mergeMain(Arguments Args) {
  std::string File;
  CommandLine CL("merge PROFILE... -o OUT\n       retsan merge "
                 "FINDINGS.json... -o findings.json",
                 "Sums profiles (files, or folders of *.retsan): counts and "
                 "drag add up, of the checkpoints the worst is kept. OUT is "
                 "JSON (retsan.profile/1); `retsan "
                 "report` and `retsan merge` read it like any profile. Or puts "
                 "together the findings of the shards of one `retsan link "
                 "--shard`.");
  CL.text("-o", "FILE", File,
          "write the sum to FILE (default: standard output)");
  CL.section("Environment", "  none\n");
  CL.section(
      "Exit codes",
      "  0  written\n"
      "  2  wrong use, a file that cannot be read, profiles of different "
      "findings,\n     or findings of different projects\n"
      "  3  internal failure\n");
  CL.section("Example",
             "  retsan merge run1/*.retsan run2/*.retsan -o all.json\n"
             "  retsan merge part1.json part2.json -o findings.json\n");
  Expected<CommandLine::Parsed> P = CL.parse(Args);
  if (!P)
    return failWith(P.takeError());
  if (P->Help) {
    CL.printHelp(outs());
    return NothingFound;
  }
  if (P->Positional.empty())
    return failWith("no profile given");
  if (Error E = checkWritable(File))
    return failWith(std::move(E));
  Expected<std::string> First = readFile(P->Positional.front());
  if (First && StringRef(*First).contains("\"retsan.findings/"))
    return mergeFindings(P->Positional, File);
  consumeError(First.takeError());
  Expected<Profiles> Runs = readProfiles(P->Positional);
  if (!Runs)
    return failWith(Runs.takeError());
  if (!Runs->Sum)
    return BadInput;
  std::string Text = formatv("{0:2}\n", profile::toJSON(*Runs->Sum)).str();
  if (Error E = writeFile(File, Text))
    return failWith(std::move(E));
  return Runs->Unreadable ? BadInput : NothingFound;
}
