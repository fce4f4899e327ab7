//===- FixDiff.cpp - what to change, as a diff ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/FixDiff.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace retsan::report {

namespace {

struct Place {
  std::string File;
  uint32_t Line = 0;
};

} // namespace

static constexpr uint32_t Around = 3;

static bool isCxx(StringRef File) {
  StringRef Extension = File.rsplit('.').second;
  return Extension != "c" && Extension != "h";
}

static StringRef leafOf(StringRef Path) {
  size_t Dot = Path.rfind('.');
  return Dot == StringRef::npos ? Path : Path.drop_front(Dot + 1);
}

static StringRef indentOf(StringRef Line) {
  return Line.take_while([](char C) { return C == ' ' || C == '\t'; });
}

/// One whole statement on a line of its own.
static bool isStatement(StringRef Line) {
  StringRef S = Line.trim();
  size_t Comment = S.find("//");
  if (Comment != StringRef::npos)
    S = S.take_front(Comment).rtrim();
  if (!S.ends_with(";") || S.count(';') != 1 || S.count('(') != S.count(')') ||
      S.contains("return") || S.starts_with("}") || S.starts_with("if") ||
      S.starts_with("for") || S.starts_with("while") || S.starts_with("else") ||
      S.starts_with("case"))
    return false;
  return isAlpha(S.front()) || S.front() == '_' || S.front() == '*' ||
         S.front() == '(' || S.starts_with("::");
}

/// The expression in \p Line that names \p Field of \p X's object.
static StringRef expressionIn(StringRef Line, const Finding &X,
                              StringRef Field) {
  Finding Named = X;
  Named.Field = Field.str();
  Named.Subject = Field.str();
  Span S = guiltySpan(Line, Named);
  StringRef E = Line.slice(S.Begin, S.End);
  return E.ends_with(leafOf(Field)) ? E : StringRef();
}

/// "… at FILE:LINE" at the end of what the solver proposes.
static std::optional<Place> placeIn(StringRef Fix) {
  size_t At = Fix.rfind(" at ");
  if (At == StringRef::npos)
    return std::nullopt;
  auto [File, Line] = Fix.drop_front(At + 4).rsplit(':');
  Place P;
  P.File = File.str();
  if (File.empty() || Line.getAsInteger(10, P.Line))
    return std::nullopt;
  return P;
}

/// `free(h->old);` in \p Line, said of \p Target.
static std::string releaseLike(StringRef Line, StringRef Old,
                               StringRef Target) {
  StringRef S = Line.trim();
  for (StringRef Word : {"delete[] ", "delete "})
    if (size_t At = S.find(Word); At != StringRef::npos)
      return S.drop_front(At + Word.size()).starts_with(Old)
                 ? (Word + Target + ";").str()
                 : "";
  size_t At = S.find(Old);
  if (At == StringRef::npos || At < 2 || S[At - 1] != '(' ||
      !S.drop_front(At + Old.size()).starts_with(")"))
    return "";
  StringRef Before = S.take_front(At - 1);
  size_t Begin = Before.find_last_not_of(
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");
  StringRef Name =
      Begin == StringRef::npos ? Before : Before.drop_front(Begin + 1);
  return Name.empty() || Name == "if" || Name == "while"
             ? ""
             : (Name + "(" + Target + ");").str();
}

/// Statements that let go of \p Target; none if it cannot be told how.
static SmallVector<std::string, 2> letGo(const Finding &X, Sources &Src,
                                         StringRef File, StringRef Target) {
  std::string Decl = Src.line(X.Decl.File, X.Decl.Line).value_or("").str();
  for (StringRef Owner : {"unique_ptr", "shared_ptr", "optional<"})
    if (StringRef(Decl).contains(Owner))
      return {(Target + ".reset();").str()};
  std::string Clear =
      (Target + (isCxx(File) ? " = nullptr;" : " = NULL;")).str();
  if (X.Releases.empty())
    return {Clear};
  for (const PlaceRef &P : X.Releases) {
    std::optional<StringRef> Line = Src.line(P.File, P.Line);
    if (!Line)
      continue;
    std::string Release =
        releaseLike(*Line, expressionIn(*Line, X, X.Field), Target);
    if (!Release.empty())
      return {Release, Clear};
  }
  return {};
}

/// The body of an `if` or a loop without braces.
static bool isBare(StringRef Before) {
  StringRef S = Before.trim();
  return S == "else" || S == "} else" || S == "do" ||
         (S.ends_with(")") &&
          (S.starts_with("if") || S.starts_with("} else if") ||
           S.starts_with("else if") || S.starts_with("for") ||
           S.starts_with("while")));
}

/// A hunk that puts \p New behind line \p At.
static std::string hunk(Sources &Src, StringRef File, uint32_t At,
                        ArrayRef<std::string> New) {
  std::optional<StringRef> Line = Src.line(File, At);
  StringRef Before = At > 1 ? Src.line(File, At - 1).value_or("") : "";
  StringRef After = Src.line(File, At + 1).value_or("");
  // A statement that goes on over several lines begins elsewhere.
  if (!Before.trim().empty() && !isBare(Before) &&
      StringRef(",(=&|+-?").contains(Before.rtrim().back()))
    return "";
  bool Braces = isBare(Before);
  if (Braces && After.trim().starts_with("else"))
    return "";
  std::string Body;
  uint32_t First = At > Around ? At - Around : 1, OldLines = 0, NewLines = 0;
  auto Add = [&](char Kind, const Twine &Text) {
    Body += Kind + Text.str() + "\n";
    OldLines += Kind != '+';
    NewLines += Kind != '-';
  };
  for (uint32_t L = First; L <= At + Around; ++L) {
    std::optional<StringRef> Text = Src.line(File, L);
    if (!Text)
      break;
    if (Braces && L + 1 == At) {
      Add('-', *Text);
      Add('+', Text->rtrim() + " {");
      continue;
    }
    Add(' ', *Text);
    if (L != At)
      continue;
    for (const std::string &S : New)
      Add('+', indentOf(*Line) + S);
    if (Braces)
      Add('+', indentOf(Before) + "}");
  }
  return ("--- a/" + File + "\n+++ b/" + File + "\n@@ -" + Twine(First) + "," +
          Twine(OldLines) + " +" + Twine(First) + "," + Twine(NewLines) +
          " @@\n" + Body)
      .str();
}

static std::string clearAfterFree(const Finding &X, Sources &Src) {
  std::optional<StringRef> Line = Src.line(X.File, X.Line);
  if (!Line || !isStatement(*Line))
    return "";
  StringRef Target = expressionIn(*Line, X, X.Field);
  if (Target.empty())
    return "";
  return hunk(Src, X.File, X.Line,
              {(Target + (isCxx(X.File) ? " = nullptr;" : " = NULL;")).str()});
}

static std::string clearAtEndOfPhase(const Finding &X, Sources &Src) {
  std::optional<Place> P = placeIn(X.Fix);
  std::optional<StringRef> Line = P ? Src.line(P->File, P->Line) : std::nullopt;
  if (!Line || !isStatement(*Line))
    return "";
  StringRef Phase =
      StringRef(X.Fix).split(" where ").second.split(" becomes ").first;
  StringRef InLine = expressionIn(*Line, X, Phase);
  // `h->growing` of `growing`: what stands before it leads to the record.
  std::string Target = X.Field;
  if (!X.Record.empty()) {
    if (!InLine.ends_with(Phase))
      return "";
    StringRef Base = InLine.drop_back(Phase.size());
    if (Base.empty() && !isCxx(P->File))
      return "";
    Target = (Base + X.Field).str();
  }
  SmallVector<std::string, 2> New = letGo(X, Src, P->File, Target);
  return New.empty() ? "" : hunk(Src, P->File, P->Line, New);
}

std::string fixDiff(const Finding &X, Sources &Src) {
  if (X.Field.empty() || X.Fix.empty())
    return "";
  if (X.Check == "retsan-dangling-field")
    return clearAfterFree(X, Src);
  if (X.Check == "retsan-stale-field" || X.Check == "retsan-live-while")
    return clearAtEndOfPhase(X, Src);
  return "";
}

} // namespace retsan::report
