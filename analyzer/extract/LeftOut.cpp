//===- LeftOut.cpp - names in code that is not compiled -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/LeftOut.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/StringExtras.h"

using namespace clang;
using namespace llvm;
using namespace retsan::extract;

void LeftOutWords::FileChanged(SourceLocation Loc, FileChangeReason Reason,
                               SrcMgr::CharacteristicKind, FileID) {
  if (Reason == EnterFile)
    if (auto File = SM.getFileEntryRefForID(SM.getFileID(Loc)))
      ++Entered[&File->getFileEntry()];
}

void LeftOutWords::HasInclude(SourceLocation, StringRef, bool,
                              OptionalFileEntryRef,
                              SrcMgr::CharacteristicKind) {}

void LeftOutWords::SourceRangeSkipped(SourceRange Range, SourceLocation) {
  if (SM.isInSystemHeader(Range.getBegin()))
    return;
  auto [File, Begin] = SM.getDecomposedLoc(Range.getBegin());
  auto [EndFile, End] = SM.getDecomposedLoc(Range.getEnd());
  auto Ref = SM.getFileEntryRefForID(File);
  // A header that is entered again is left out by its guard.
  if (File != EndFile || !Ref || Entered[&Ref->getFileEntry()] > 1)
    return;
  bool Invalid = false;
  StringRef Text = SM.getBufferData(File, &Invalid);
  if (Invalid || Begin >= End || End > Text.size())
    return;
  Text = Text.slice(Begin, End);
  while (!Text.empty()) {
    Text = Text.drop_until([](char C) { return isAlpha(C) || C == '_'; });
    StringRef Word =
        Text.take_while([](char C) { return isAlnum(C) || C == '_'; });
    if (!Word.empty())
      Words->insert(Word);
    Text = Text.drop_front(Word.size());
  }
}
