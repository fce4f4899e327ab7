//===- Origin.cpp - files as the programmer knows them --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/Origin.h"
#include "clang/Basic/FileManager.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace clang;
using namespace llvm;

namespace retsan::extract {

/// The name in `# 1 "hmap.c"`, which a preprocessor's output begins with.
static std::string firstMarker(StringRef Text) {
  if (!Text.consume_front("# ") || Text.empty() || !isDigit(Text[0]))
    return std::string();
  Text = Text.ltrim("0123456789");
  if (!Text.consume_front(" \""))
    return std::string();
  std::string Name;
  for (size_t I = 0; I != Text.size() && Text[I] != '\n'; ++I) {
    if (Text[I] == '"')
      return Name;
    I += Text[I] == '\\' && I + 1 != Text.size();
    Name += Text[I];
  }
  return std::string();
}

Origin::Origin(const SourceManager &SM) : SM(SM) {
  if (std::optional<StringRef> Text =
          SM.getBufferDataOrNone(SM.getMainFileID()))
    Main = firstMarker(*Text);
}

std::string Origin::absolute(StringRef Name) const {
  // "<built-in>", "<command line>"
  if (Name.empty() || Name.starts_with("<"))
    return std::string();
  SmallString<256> Path(Name);
  SM.getFileManager().makeAbsolutePath(Path);
  sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
  return std::string(Path);
}

std::string Origin::mainFile() const {
  if (isPreprocessed())
    return absolute(Main);
  OptionalFileEntryRef FE = SM.getFileEntryRefForID(SM.getMainFileID());
  return FE ? absolute(FE->getName()) : std::string();
}

std::string Origin::fileOf(SourceLocation L) const {
  L = SM.getExpansionLoc(L);
  if (isPreprocessed()) {
    PresumedLoc P = SM.getPresumedLoc(L);
    return P.isValid() ? absolute(P.getFilename()) : std::string();
  }
  OptionalFileEntryRef FE = SM.getFileEntryRefForID(SM.getFileID(L));
  return FE ? absolute(FE->getName()) : std::string();
}

unsigned Origin::lineOf(SourceLocation L) const {
  L = SM.getExpansionLoc(L);
  if (!isPreprocessed())
    return SM.getSpellingLineNumber(L);
  PresumedLoc P = SM.getPresumedLoc(L);
  return P.isValid() ? P.getLine() : 0;
}

bool Origin::isInMainFile(SourceLocation L) const {
  L = SM.getExpansionLoc(L);
  if (!isPreprocessed())
    return SM.isInMainFile(L);
  PresumedLoc P = SM.getPresumedLoc(L);
  return P.isValid() && Main == P.getFilename();
}

std::string Origin::usr(StringRef Usr, SourceLocation L) const {
  if (!isPreprocessed())
    return Usr.str();
  OptionalFileEntryRef Read = SM.getFileEntryRefForID(SM.getMainFileID());
  std::string File = Read ? fileOf(L) : std::string();
  StringRef Rest = Usr;
  // clang::index puts the file's name first: "c:hmap.c@F@grow".
  if (File.empty() || !Rest.consume_front("c:") ||
      !Rest.consume_front(sys::path::filename(Read->getName())) ||
      !Rest.starts_with("@"))
    return Usr.str();
  return ("c:" + sys::path::filename(File) + Rest).str();
}

} // namespace retsan::extract
