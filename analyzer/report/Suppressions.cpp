//===- Suppressions.cpp - findings that are known and accepted ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Suppressions.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;

namespace retsan::report {

bool matchesTemplate(StringRef Template, StringRef Text) {
  bool AtStart = Template.consume_front("^");
  bool AtEnd = Template.consume_back("$");
  SmallVector<StringRef, 4> Parts;
  Template.split(Parts, '*');
  for (size_t I = 0, E = Parts.size(); I != E; ++I) {
    bool Last = I + 1 == E;
    if (I == 0 && AtStart) {
      if (!Text.consume_front(Parts[I]))
        return false;
      if (Last)
        return !AtEnd || Text.empty();
      continue;
    }
    if (Last && AtEnd)
      return Text.ends_with(Parts[I]);
    size_t At = Text.find(Parts[I]);
    if (At == StringRef::npos)
      return false;
    Text = Text.drop_front(At + Parts[I].size());
  }
  return true;
}

Expected<Suppressions> Suppressions::parse(StringRef Text, StringRef Name) {
  static const StringRef Kinds[] = {"retsan", "subject", "file", "function",
                                    "check"};
  Suppressions S;
  SmallVector<StringRef, 32> Lines;
  Text.split(Lines, '\n');
  for (size_t I = 0, E = Lines.size(); I != E; ++I) {
    StringRef Line = Lines[I].trim();
    if (Line.empty() || Line.starts_with("#"))
      continue;
    auto [Kind, Template] = Line.split(':');
    if (!is_contained(Kinds, Kind) || Template.empty())
      return createStringError(
          inconvertibleErrorCode(),
          Twine(Name) + ":" + Twine(I + 1) + ": '" + Line +
              "' is not a suppression; write kind:template with kind retsan, "
              "subject, file, function or check");
    S.Rules.push_back({Kind.str(), Template.str(), Line.str()});
  }
  return S;
}

void Suppressions::apply(FindingsFile &F) {
  for (Finding &X : F.Findings)
    for (Rule &R : Rules) {
      auto Hit = [&](StringRef Kind, StringRef Text, bool InAny = true) {
        return (R.Kind == Kind || (InAny && R.Kind == "retsan")) &&
               matchesTemplate(R.Template, Text);
      };
      if (!Hit("subject", X.Subject) && !Hit("file", X.File) &&
          !Hit("function", X.Function) && !Hit("check", X.Check, false))
        continue;
      ++R.Hits;
      if (X.Suppressed.empty())
        X.Suppressed = "suppression " + R.Origin;
    }
}

std::vector<std::string> Suppressions::unused() const {
  std::vector<std::string> Out;
  for (const Rule &R : Rules)
    if (!R.Hits)
      Out.push_back(R.Origin);
  return Out;
}

} // namespace retsan::report
