//===- Extract.cpp - retsan extract ---------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One translation unit to facts: the step that a build system distributes.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Engine.h"
#include "analyzer/tool/Output.h"
#include "analyzer/tool/Verb.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace retsan;
using namespace retsan::tool;

static Expected<facts::Unit> unitOf(const Inputs &In, unsigned &Problems) {
  StringRef File = In.Paths.front();
  if (File.ends_with(".facts")) {
    Expected<std::string> Data = readFile(File);
    if (!Data)
      return Data.takeError();
    return facts::read(*Data, File);
  }
  Expected<std::vector<extract::Command>> Commands = findCommands(In, Problems);
  if (!Commands)
    return Commands.takeError();
  if (Commands->empty())
    return createStringError(inconvertibleErrorCode(), "nothing to extract");
  if (Commands->size() > 1)
    note(File + " has " + Twine(Commands->size()) +
         " compile commands; the first is taken");
  return extract::extractUnit(Commands->front());
}

/// Makes names below \p Folder relative to it: a sandbox, or a checkout, that
/// the next action will have elsewhere.
static void strip(facts::Unit &U, StringRef Folder) {
  if (Folder.empty()) // "/"
    return;
  std::string Prefix = Folder.str() + "/";
  // All strings, not those of files alone: the same bytes come out wherever.
  std::vector<std::string *> Texts = {&U.MainFile, &U.Command};
  for (std::vector<std::string> *List : {&U.Strings, &U.Diagnostics})
    for (std::string &Text : *List)
      Texts.push_back(&Text);
  for (std::string *Text : Texts)
    for (size_t At; (At = Text->find(Prefix)) != std::string::npos;)
      Text->erase(At, Prefix.size());
}

int tool::extractMain(Arguments Args) {
  Inputs In;
  std::string OutFile, Strip;
  bool Print = false;
  CommandLine CL("extract [OPTIONS] SRC -o F.facts [-- FLAGS...]",
                 "Parses one source file and writes its facts, which `retsan "
                 "link` solves together with those of other files.");
  CL.text("-o", "FILE", OutFile, "write the facts to FILE");
  CL.flag("--print", Print,
          "print the facts as text; SRC may be a .facts file as well");
  CL.text("-p", "BUILD_DIR", In.BuildDir,
          "folder of compile_commands.json (default: searched upwards)");
  CL.text("--strip", "DIR", Strip,
          "store names of files below DIR relative to it, so that facts do "
          "not depend on where they were made; `retsan link --root` says where "
          "the sources are");
  CL.section("Environment", "  none\n");
  CL.section("Exit codes", "  0  written\n"
                           "  2  wrong use, or a source that does not compile\n"
                           "  3  internal failure\n");
  CL.section("Example", "  retsan extract dict.c -o dict.facts -- -Iinclude\n"
                        "  retsan extract --print dict.c -- -Iinclude\n");

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
  if (In.Paths.size() != 1)
    return failWith("extract takes one source file");
  if (OutFile.empty() && !Print)
    return failWith("give -o FILE, or --print");
  if (Error E = checkWritable(OutFile))
    return failWith(std::move(E));

  unsigned Problems = 0;
  Expected<facts::Unit> U = unitOf(In, Problems);
  if (Problems) {
    consumeError(U.takeError());
    return BadInput;
  }
  if (!U)
    return failWith(U.takeError());
  if (!Strip.empty()) {
    SmallString<256> Folder(Strip);
    sys::fs::make_absolute(Folder);
    sys::path::remove_dots(Folder, /*remove_dot_dot=*/true);
    strip(*U, StringRef(Folder).rtrim('/'));
  }
  if (Error E = writeFile(OutFile, Print ? facts::print(*U) : facts::write(*U)))
    return failWith(std::move(E));
  return NothingFound;
}
