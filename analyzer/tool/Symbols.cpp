//===- Symbols.cpp - names for return addresses ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tool/Symbols.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/DebugInfo/Symbolize/Symbolize.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::tool {

static void nameStack(symbolize::LLVMSymbolizer &Symbolizer,
                      std::vector<profile::Frame> &Stack) {
  for (profile::Frame &F : Stack) {
    if (!F.Name.empty() || F.Module.empty() || !F.Offset)
      continue;
    // A return address is behind its call, perhaps on the next line.
    Expected<DILineInfo> Info = Symbolizer.symbolizeCode(
        F.Module, {F.Offset - 1, object::SectionedAddress::UndefSection});
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

void nameFrames(profile::Profile &P) {
  bool Any = !P.Traps.empty();
  for (const profile::Checkpoint &C : P.Checkpoints)
    Any |= !C.KeptBy.empty() || !C.Holdings.empty();
  if (!Any)
    return;
  symbolize::LLVMSymbolizer::Options Opts;
  Opts.PrintFunctions = symbolize::FunctionNameKind::ShortName;
  symbolize::LLVMSymbolizer Symbolizer(Opts);
  for (profile::Trap &T : P.Traps)
    nameStack(Symbolizer, T.Stack);
  for (profile::Checkpoint &C : P.Checkpoints) {
    for (profile::Kept &K : C.KeptBy)
      nameStack(Symbolizer, K.Stack);
    for (profile::Holding &H : C.Holdings)
      nameStack(Symbolizer, H.Stack);
  }
}

} // namespace retsan::tool
