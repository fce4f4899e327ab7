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

int tool::mergeMain(Arguments Args) {
  std::string File;
  CommandLine CL("merge PROFILE... -o OUT",
                 "Sums profiles: counts and drag add up, of the checkpoints "
                 "the worst is kept. OUT is JSON (retsan.profile/1); `retsan "
                 "report` and `retsan merge` read it like any profile.");
  CL.text("-o", "FILE", File,
          "write the sum to FILE (default: standard output)");
  CL.section("Environment", "  none\n");
  CL.section("Exit codes",
             "  0  written\n"
             "  2  wrong use, a profile that cannot be read, or profiles of "
             "different findings\n"
             "  3  internal failure\n");
  CL.section("Example",
             "  retsan merge run1/*.retsan run2/*.retsan -o all.json\n");
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
