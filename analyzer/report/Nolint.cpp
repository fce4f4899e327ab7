//===- Nolint.cpp - findings silenced in the source -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Nolint.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace llvm;

namespace retsan::report {

/// Does "retsan-*,-retsan-live-while" name \p Check? The last glob that matches
/// decides.
static bool listNames(StringRef List, StringRef Check) {
  bool Named = false;
  for (StringRef Part : split(List, ',')) {
    Part = Part.trim();
    bool Take = !Part.consume_front("-");
    Expected<GlobPattern> G = GlobPattern::create(Part);
    if (!G)
      consumeError(G.takeError());
    else if (G->match(Check))
      Named = Take;
  }
  return Named;
}

/// Does \p Line hold the comment \p Word for \p Check?
static bool hasComment(StringRef Line, StringRef Word, StringRef Check) {
  for (size_t At = Line.find(Word); At != StringRef::npos;
       At = Line.find(Word, At + 1)) {
    StringRef Rest = Line.drop_front(At + Word.size());
    // NOLINT is the beginning of the other words.
    if (!Rest.empty() && (isAlnum(Rest[0]) || Rest[0] == '_'))
      continue;
    if (!Rest.consume_front("("))
      return true;
    if (listNames(Rest.take_until([](char C) { return C == ')'; }), Check))
      return true;
  }
  return false;
}

/// The line of the block that is open at \p Line, or 0.
static uint32_t openBlock(Sources &Src, StringRef File, uint32_t Line,
                          StringRef Check) {
  SmallVector<uint32_t, 4> Begins;
  for (uint32_t L = 1; L < Line; ++L) {
    std::optional<StringRef> Text = Src.line(File, L);
    if (!Text)
      return 0;
    if (!Text->contains("NOLINT"))
      continue;
    if (hasComment(*Text, "NOLINTBEGIN", Check))
      Begins.push_back(L);
    else if (hasComment(*Text, "NOLINTEND", Check) && !Begins.empty())
      Begins.pop_back();
  }
  return Begins.empty() ? 0 : Begins.back();
}

std::optional<std::string> nolintFor(Sources &Src, StringRef File,
                                     uint32_t Line, StringRef Check) {
  auto Place = [&](uint32_t L) { return (File + ":" + Twine(L)).str(); };
  std::optional<StringRef> Text = Src.line(File, Line);
  if (!Text)
    return std::nullopt;
  if (hasComment(*Text, "NOLINT", Check))
    return Place(Line);
  std::optional<StringRef> Above = Src.line(File, Line - 1);
  if (Above && hasComment(*Above, "NOLINTNEXTLINE", Check))
    return Place(Line - 1);
  if (uint32_t Begin = openBlock(Src, File, Line, Check))
    return Place(Begin);
  return std::nullopt;
}

void applyNolint(FindingsFile &F) {
  Sources Src(F.Root);
  for (Finding &X : F.Findings) {
    if (!X.Suppressed.empty())
      continue;
    std::optional<std::string> At = nolintFor(Src, X.File, X.Line, X.Check);
    if (!At)
      At = nolintFor(Src, X.Decl.File, X.Decl.Line, X.Check);
    if (At)
      X.Suppressed = "NOLINT at " + *At;
  }
}

} // namespace retsan::report
