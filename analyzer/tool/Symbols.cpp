//===- Symbols.cpp - names for return addresses ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Symbols.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/DebugInfo/Symbolize/Symbolize.h"
#include "llvm/Object/BuildID.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::tool {

/// What is behind a frame's name now may be another build than what ran.
/// Where it is, debug files by build id are asked instead.
static Expected<DILineInfo> lookUp(symbolize::LLVMSymbolizer &Symbolizer,
                                   const profile::Frame &F,
                                   StringMap<std::string> &Builds) {
  // A return address is behind its call, perhaps on the next line.
  object::SectionedAddress At = {F.Offset - 1,
                                 object::SectionedAddress::UndefSection};
  if (F.BuildId.empty())
    return Symbolizer.symbolizeCode(F.Module, At);
  auto [It, New] = Builds.try_emplace(F.Module);
  if (New) {
    auto File = object::ObjectFile::createObjectFile(F.Module);
    if (File)
      It->second =
          toHex(object::getBuildID(File->getBinary()), /*LowerCase=*/true);
    else
      consumeError(File.takeError());
  }
  if (It->second == F.BuildId)
    return Symbolizer.symbolizeCode(F.Module, At);
  std::string Id;
  if (!tryGetFromHex(F.BuildId, Id))
    return createStringError("build id");
  return Symbolizer.symbolizeCode(arrayRefFromStringRef(Id), At);
}

static void nameStack(symbolize::LLVMSymbolizer &Symbolizer,
                      std::vector<profile::Frame> &Stack,
                      StringMap<std::string> &Builds) {
  for (profile::Frame &F : Stack) {
    if (!F.Name.empty() || F.Module.empty() || !F.Offset)
      continue;
    Expected<DILineInfo> Info = lookUp(Symbolizer, F, Builds);
    if (!Info) {
      consumeError(Info.takeError());
      continue;
    }
    if (Info->FunctionName == DILineInfo::BadString)
      continue;
    F.Name = Info->FunctionName;
    if (Info->FileName != DILineInfo::BadString && Info->Line)
      F.Name += (" (" + sys::path::filename(Info->FileName) + ":" +
                 Twine(Info->Line) + ")")
                    .str();
  }
  // What called main is not the program's.
  auto Main = find_if(Stack, [](const profile::Frame &F) {
    return F.Name == "main" || StringRef(F.Name).starts_with("main (");
  });
  if (Main != Stack.end())
    Stack.erase(std::next(Main), Stack.end());
}

void nameFrames(profile::Profile &P, std::vector<std::string> DebugDirs) {
  bool Any = !P.Traps.empty();
  for (const profile::Checkpoint &C : P.Checkpoints)
    Any |= !C.KeptBy.empty() || !C.Holdings.empty();
  if (!Any)
    return;
  symbolize::LLVMSymbolizer::Options Opts;
  Opts.PrintFunctions = symbolize::FunctionNameKind::ShortName;
  symbolize::LLVMSymbolizer Symbolizer(Opts);
  Symbolizer.setBuildIDFetcher(
      std::make_unique<object::BuildIDFetcher>(std::move(DebugDirs)));
  StringMap<std::string> Builds; ///< By file, as they are now.
  for (profile::Trap &T : P.Traps)
    nameStack(Symbolizer, T.Stack, Builds);
  for (profile::Checkpoint &C : P.Checkpoints) {
    for (profile::Kept &K : C.KeptBy)
      nameStack(Symbolizer, K.Stack, Builds);
    for (profile::Holding &H : C.Holdings)
      nameStack(Symbolizer, H.Stack, Builds);
  }
}

} // namespace retsan::tool
