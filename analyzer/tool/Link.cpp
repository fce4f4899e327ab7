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
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"

#include <optional>

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

/// Adds \p Arg to \p Files: a facts file, all of a folder, or with @ the lines
/// of a list, since a command line holds only so many names.
static Error addFiles(StringRef Arg, std::vector<std::string> &Files) {
  if (Arg.consume_front("@")) {
    Expected<std::string> List = readFile(Arg);
    if (!List)
      return List.takeError();
    for (StringRef Line : split(*List, '\n'))
      if (!Line.trim().empty())
        Files.push_back(Line.trim().str());
    return Error::success();
  }
  if (!sys::fs::is_directory(Arg)) {
    Files.push_back(Arg.str());
    return Error::success();
  }
  size_t Before = Files.size();
  std::error_code EC;
  for (sys::fs::recursive_directory_iterator I(Arg, EC), E; I != E && !EC;
       I.increment(EC))
    if (sys::path::extension(I->path()) == ".facts")
      Files.push_back(I->path());
  if (EC)
    return createStringError(EC, Arg + ": " + EC.message());
  if (Files.size() == Before)
    return createStringError(inconvertibleErrorCode(),
                             Arg + ": no .facts file in this folder");
  llvm::sort(Files.begin() + Before, Files.end());
  return Error::success();
}

static Expected<facts::Unit> readUnit(const std::string &File) {
  Expected<std::string> Data = readFile(File);
  if (!Data)
    return Data.takeError();
  return facts::read(*Data, File);
}

namespace {
/// What is kept of all files while their programs are solved one by one.
struct Index {
  std::vector<std::string> Files; ///< Those that could be read.
  std::vector<solve::Outline> Outlines;
  std::vector<Skipped> Failed;
};
} // namespace

static Index indexOf(std::vector<std::string> Files, unsigned Jobs) {
  std::vector<std::optional<solve::Outline>> Slots(Files.size());
  std::vector<std::string> Problems(Files.size());
  DefaultThreadPool Pool(hardware_concurrency(Jobs));
  // One task for many files: most of them are small.
  constexpr size_t Batch = 64;
  for (size_t Begin = 0; Begin < Files.size(); Begin += Batch)
    Pool.async([&, Begin] {
      for (size_t I = Begin, E = std::min(Begin + Batch, Files.size()); I != E;
           ++I) {
        if (Expected<facts::Unit> U = readUnit(Files[I]))
          Slots[I] = solve::outlineOf(*U);
        else
          Problems[I] = toString(U.takeError());
      }
    });
  Pool.wait();
  Index Result;
  for (size_t I = 0; I < Files.size(); ++I) {
    if (Slots[I]) {
      Result.Files.push_back(std::move(Files[I]));
      Result.Outlines.push_back(std::move(*Slots[I]));
      continue;
    }
    failWith(Problems[I]);
    Result.Failed.push_back({Files[I], Problems[I]});
  }
  return Result;
}

/// "2/8": the second of eight.
static Error parseShard(StringRef S, solve::Options &O) {
  auto [Which, Of] = S.split('/');
  unsigned N;
  if (Which.getAsInteger(10, N) || Of.getAsInteger(10, O.Shards) || N < 1 ||
      N > O.Shards)
    return createStringError(inconvertibleErrorCode(),
                             "'" + S +
                                 "' is no shard; write --shard=2/8 for "
                                 "the second of eight");
  O.Shard = N - 1;
  return Error::success();
}

int tool::linkMain(Arguments Args) {
  EngineOptions Engine;
  OutputOptions Out;
  Out.MakesFindings = true;
  std::string Shard;
  CommandLine CL("link [OPTIONS] F.facts... [-o findings.json]",
                 "Links the facts of translation units into programs, solves "
                 "every record and reports, as `retsan scan` does. A folder "
                 "stands for all .facts files in it, @LIST for the files named "
                 "in LIST, one a line.");
  Engine.addTo(CL);
  Out.addTo(CL);
  CL.text("--shard", "N/M", Shard,
          "solve only the records of share N of M; `retsan merge` puts the "
          "findings of all shares together");
  CL.section("Environment", "  NO_COLOR  no colours unless --color=always\n");
  CL.standardExitCodes();
  CL.section("Example", "  retsan link *.facts -o findings.json\n"
                        "  retsan link --shard=2/8 facts/ -o part2.json\n");

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

  if (!Shard.empty())
    if (Error E = parseShard(Shard, *SO))
      return failWith(std::move(E));
  std::vector<std::string> Files;
  for (const std::string &Arg : P->Positional)
    if (Error E = addFiles(Arg, Files))
      return failWith(std::move(E));

  Index All = indexOf(std::move(Files), Engine.Jobs);
  bool Failed = !All.Failed.empty(), Movable = false;
  if (SO->Root.empty()) {
    std::vector<std::string> Sources;
    for (const solve::Outline &O : All.Outlines)
      Sources.push_back(O.MainFile);
    // Facts of `extract --strip`: the sources are taken to be wherever the
    // findings are read, so that these are the same bytes on every machine.
    Movable =
        any_of(Sources, [](StringRef F) { return sys::path::is_relative(F); });
    SO->Root = Movable ? workingFolder() : rootOf(Sources);
  }
  if (Error Wrong = checkProgram(solve::mainFiles(All.Outlines), SO->Program))
    return failWith(std::move(Wrong));
  if (Out.Verbose)
    sayCapped(*SO);
  Progress Bar(Out.Quiet);
  showProgress(*SO, Bar);
  auto Load = [&](size_t I) { return readUnit(All.Files[I]); };
  Expected<FindingsFile> F = solve::solve(std::move(All.Outlines), Load, *SO);
  Bar.wipe();
  if (!F)
    return failWith(F.takeError());
  complete(*F, SO->Root, std::move(All.Failed));
  if (Movable)
    F->Root.clear();
  int Code = finish(std::move(*F), Out);
  return Failed ? BadInput : Code;
}
