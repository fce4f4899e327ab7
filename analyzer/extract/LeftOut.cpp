//===- LeftOut.cpp - names in code that is not compiled -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/LeftOut.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/MacroArgs.h"
#include "clang/Lex/MacroInfo.h"
#include "clang/Lex/Token.h"
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
    StringRef Between =
        Text.take_until([](char C) { return isAlpha(C) || C == '_'; });
    Text = Text.drop_front(Between.size());
    StringRef Word =
        Text.take_while([](char C) { return isAlnum(C) || C == '_'; });
    if (!Word.empty())
      Words->insert(Word);
    Between = Between.rtrim();
    if (!Word.empty() && (Between.ends_with(".") || Between.ends_with("->")))
      Words->insert(("." + Word).str());
    Text = Text.drop_front(Word.size());
  }
}

const SmallBitVector &LeftOutWords::unnamed(const MacroInfo &Macro) {
  auto [It, New] = Unnamed.try_emplace(&Macro);
  if (!New)
    return It->second;
  SmallBitVector &Left = It->second;
  Left.resize(Macro.getNumParams(), true);
  for (const Token &T : Macro.tokens())
    if (const IdentifierInfo *Id = T.getIdentifierInfo())
      if (int N = Macro.getParameterNum(Id); N >= 0)
        Left.reset(N);
  return Left;
}

void LeftOutWords::MacroExpands(const Token &, const MacroDefinition &MD,
                                SourceRange Range, const MacroArgs *Args) {
  const MacroInfo *Macro = MD.getMacroInfo();
  if (!Args || !Macro || unnamed(*Macro).none() ||
      SM.isInSystemHeader(SM.getExpansionLoc(Range.getBegin())))
    return;
  for (unsigned N : unnamed(*Macro).set_bits()) {
    bool Member = false;
    for (const Token *T = Args->getUnexpArgument(N); T->isNot(tok::eof); ++T) {
      if (const IdentifierInfo *Id = T->getIdentifierInfo()) {
        Words->insert(Id->getName());
        if (Member)
          Words->insert(("." + Id->getName()).str());
      }
      Member = T->isOneOf(tok::period, tok::arrow);
    }
  }
}
