//===- Sources.cpp - lines of the scanned sources -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Sources.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::report {

std::optional<StringRef> Sources::line(StringRef File, uint32_t Line) {
  if (File.empty() || Line == 0)
    return std::nullopt;
  auto [It, New] = Files.try_emplace(File);
  Text &T = It->second;
  if (New) {
    SmallString<256> Path(File);
    if (!sys::path::is_absolute(Path)) {
      Path = Root;
      sys::path::append(Path, File);
    }
    if (auto Buffer = MemoryBuffer::getFile(Path, /*IsText=*/true)) {
      T.Buffer = std::move(*Buffer);
      SmallVector<StringRef, 0> Lines;
      T.Buffer->getBuffer().split(Lines, '\n');
      // What follows the last newline is no line.
      if (Lines.back().empty())
        Lines.pop_back();
      T.Lines.assign(Lines.begin(), Lines.end());
    }
  }
  if (Line > T.Lines.size())
    return std::nullopt;
  return T.Lines[Line - 1].rtrim("\r");
}

static bool isIdentifier(char C) { return isAlnum(C) || C == '_'; }

/// Start of the expression that ends at \p Member: walks over `a->b[i].`
/// leftwards.
static size_t expressionStart(StringRef Line, size_t Member) {
  size_t I = Member;
  while (I > 0) {
    if (I >= 2 && Line.substr(I - 2, 2) == "->")
      I -= 2;
    else if (Line[I - 1] == '.')
      I -= 1;
    else
      break;
    int Depth = 0;
    while (I > 0) {
      char C = Line[I - 1];
      if (C == ')' || C == ']')
        ++Depth;
      else if ((C == '(' || C == '[') && Depth > 0)
        --Depth;
      else if (Depth == 0 && !isIdentifier(C))
        break;
      --I;
    }
    // An unbalanced bracket belongs to the statement, not to the expression.
    if (Depth != 0)
      return Member;
  }
  return I;
}

static std::optional<size_t> findIdentifier(StringRef Line, StringRef Name) {
  for (size_t At = Line.find(Name); At != StringRef::npos;
       At = Line.find(Name, At + 1)) {
    size_t End = At + Name.size();
    bool Starts = At == 0 || !isIdentifier(Line[At - 1]);
    bool Ends = End == Line.size() || !isIdentifier(Line[End]);
    if (Starts && Ends)
      return At;
  }
  return std::nullopt;
}

Span guiltySpan(StringRef Line, const Finding &F) {
  StringRef Name = F.Field.empty() ? StringRef(F.Subject) : StringRef(F.Field);
  Name = Name.substr(Name.find_last_of(".:") + 1);
  if (!Name.empty())
    if (std::optional<size_t> At = findIdentifier(Line, Name))
      return {expressionStart(Line, *At), *At + Name.size(), *At};
  StringRef Code = Line;
  if (size_t Comment = Code.find("//"); Comment != StringRef::npos)
    Code = Code.take_front(Comment);
  size_t Begin = Code.find_first_not_of(" \t");
  if (Begin == StringRef::npos)
    return {};
  return {Begin, Code.rtrim(" \t;{").size(), Begin};
}

} // namespace retsan::report
