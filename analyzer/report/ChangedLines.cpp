//===- ChangedLines.cpp - findings that a change touches ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/ChangedLines.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace retsan::report {

/// How far a deleted line reaches.
static constexpr uint32_t Near = 3;

static Error badDiff(StringRef Name, size_t Line, const Twine &Why) {
  return createStringError(inconvertibleErrorCode(),
                           Twine(Name) + ":" + Twine(Line) + ": " + Why);
}

/// git quotes names with unusual characters as C does, bytes in octal.
static std::string unquoted(StringRef S) {
  if (!S.consume_front("\"") || !S.consume_back("\""))
    return S.str();
  std::string Out;
  for (size_t I = 0; I < S.size(); ++I) {
    if (S[I] != '\\' || I + 1 == S.size()) {
      Out += S[I];
      continue;
    }
    char C = S[++I];
    unsigned Byte = 0;
    if (I + 2 < S.size() && !S.substr(I, 3).getAsInteger(8, Byte)) {
      Out += static_cast<char>(Byte);
      I += 2;
    } else {
      Out += C == 'n' ? '\n' : C == 't' ? '\t' : C;
    }
  }
  return Out;
}

/// The name behind "--- " or "+++ ": up to a tab and the time that diff adds.
static std::string nameOf(StringRef Rest) {
  if (!Rest.starts_with("\""))
    Rest = Rest.take_until([](char C) { return C == '\t'; });
  return unquoted(Rest.rtrim("\r"));
}

/// git's a/ and b/, or i/, w/, c/, o/ with diff.mnemonicPrefix; other names
/// stay.
static StringRef withoutPrefix(StringRef Name) {
  if (Name.size() > 2 && Name[1] == '/' &&
      StringRef("abiwco").contains(Name[0]))
    return Name.drop_front(2);
  return Name;
}

/// "12,3" or "12": start and length.
static bool parseSpan(StringRef S, uint32_t &Start, uint32_t &Length) {
  auto [A, B] = S.split(',');
  Length = 1;
  return !A.getAsInteger(10, Start) &&
         (!S.contains(',') || !B.getAsInteger(10, Length));
}

Expected<ChangedLines> ChangedLines::parse(StringRef Diff, StringRef Name) {
  ChangedLines Out;
  std::vector<Range> *Current = nullptr;
  // Lines of the hunk that are still to come, on both sides.
  uint32_t OldLeft = 0, NewLeft = 0, At = 0;
  bool Any = false;
  size_t Number = 0;
  for (StringRef Line : split(Diff, '\n')) {
    ++Number;
    if (OldLeft || NewLeft) {
      char C = Line.empty() ? ' ' : Line[0];
      if (C == '+') {
        Current->push_back({At, At});
        ++At;
        NewLeft -= NewLeft > 0;
      } else if (C == '-') {
        Current->push_back({At > Near ? At - Near : 1, At + Near - 1});
        OldLeft -= OldLeft > 0;
      } else if (C == ' ' || C == '\r') {
        ++At;
        OldLeft -= OldLeft > 0;
        NewLeft -= NewLeft > 0;
      } else if (C != '\\') {
        return badDiff(Name, Number, "the hunk ends too early");
      }
      continue;
    }
    StringRef Rest = Line;
    if (Rest.consume_front("+++ ")) {
      std::string File = nameOf(Rest);
      Current = &Out.Files[withoutPrefix(File)];
    } else if (Line.starts_with("@@@")) {
      return badDiff(Name, Number, "a combined diff of a merge is not read");
    } else if (Rest.consume_front("@@ -")) {
      auto [Old, Tail] = Rest.split(" +");
      StringRef New = Tail.split(" @@").first;
      uint32_t OldStart;
      if (!Current || !parseSpan(Old, OldStart, OldLeft) ||
          !parseSpan(New, At, NewLeft))
        return badDiff(Name, Number, "is no hunk of a unified diff");
      // "+5,0" stands behind line 5.
      At += NewLeft == 0;
      Any = true;
    } else if (Line.starts_with("diff ") || Line.starts_with("--- ")) {
      Any = true;
    }
  }
  if (OldLeft || NewLeft)
    return badDiff(Name, Number, "the last hunk is cut off");
  if (!Any && !Diff.trim().empty())
    return badDiff(Name, 1, "is no unified diff");
  return Out;
}

static std::string absolute(StringRef Dir, StringRef File) {
  SmallString<256> P(File);
  if (!sys::path::is_absolute(P)) {
    P = Dir;
    sys::path::append(P, File);
  }
  sys::path::remove_dots(P, /*remove_dot_dot=*/true);
  return P.str().str();
}

bool ChangedLines::touches(StringRef Root, StringRef File,
                           uint32_t Line) const {
  if (File.empty() || !Line)
    return false;
  std::string Wanted = absolute(Root, File);
  for (const auto &Entry : Files) {
    bool Same =
        Entry.getKey() == File || any_of(Bases, [&](const std::string &Base) {
          return absolute(Base, Entry.getKey()) == Wanted;
        });
    if (Same && any_of(Entry.getValue(), [&](const Range &R) {
          return R.First <= Line && Line <= R.Last;
        }))
      return true;
  }
  return false;
}

bool ChangedLines::touches(const FindingsFile &F, const Finding &X) const {
  if (touches(F.Root, X.File, X.Line) ||
      touches(F.Root, X.Decl.File, X.Decl.Line))
    return true;
  for (const WitnessStep &W : X.Witness)
    if (touches(F.Root, W.File, W.Line))
      return true;
  for (const auto *Places :
       {&X.Stores, &X.Uses, &X.Tests, &X.Releases, &X.Clearers})
    for (const PlaceRef &P : *Places)
      if (touches(F.Root, P.File, P.Line))
        return true;
  return false;
}

void ChangedLines::apply(FindingsFile &F) const {
  for (Finding &X : F.Findings)
    X.OutsideChange = !touches(F, X);
}

} // namespace retsan::report
