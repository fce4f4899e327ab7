//===- Suppressions.cpp - findings that are known and accepted ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <string.h>

namespace retsan {

/// True if \p Text begins with the \p N characters of \p Part.
static bool startsWith(const char *Text, const char *Part, size_t N) {
  for (size_t I = 0; I != N; ++I)
    if (Text[I] != Part[I] || !Text[I])
      return false;
  return true;
}

bool matchesTemplate(const char *Template, const char *Text) {
  bool Anchored = *Template == '^';
  Template += Anchored;
  for (;;) {
    size_t N = 0;
    while (Template[N] && Template[N] != '*' && Template[N] != '$')
      ++N;
    bool AtEnd = Template[N] == '$' && !Template[N + 1];
    if (Template[N] == '$' && !AtEnd)
      ++N; // a dollar in the middle is a character
    for (;; ++Text) {
      if (startsWith(Text, Template, N) && (!AtEnd || !Text[N]))
        break;
      if (Anchored || !*Text)
        return false;
    }
    Text += N;
    Template += N;
    if (AtEnd || !*Template)
      return true;
    Anchored = *Template != '*';
    while (*Template == '*')
      ++Template;
    if (!*Template)
      return true;
  }
}

void Suppressions::addLine(char *Line, const char *Path, uint32_t Number) {
  static const struct {
    const char *Name;
    Kind K;
  } Kinds[] = {{"retsan", Any},
               {"subject", Subject},
               {"file", File},
               {"function", Function},
               {"check", Check}};
  while (*Line == ' ' || *Line == '\t')
    ++Line;
  size_t N = stringLength(Line);
  while (N &&
         (Line[N - 1] == ' ' || Line[N - 1] == '\t' || Line[N - 1] == '\r'))
    Line[--N] = 0;
  if (!*Line || *Line == '#')
    return;
  size_t Colon = 0;
  while (Line[Colon] && Line[Colon] != ':')
    ++Colon;
  for (const auto &K : Kinds)
    if (Line[Colon] && Line[Colon + 1] && stringLength(K.Name) == Colon &&
        startsWith(Line, K.Name, Colon)) {
      Rules.push({K.K, Line + Colon + 1, Line});
      return;
    }
  (Text() << Path << ":" << Number << ": '" << Line
          << "' is not a suppression; write kind:template with kind retsan, "
             "subject, file, function or check")
      .print();
}

void Suppressions::load(const char *Path) {
  MapVector<char> Buf; // kept: rules point into it
  if (!readFile(Path, Buf) || !Buf.push(0)) {
    (Text() << "cannot read the suppressions " << Path).print();
    return;
  }
  uint32_t Number = 0;
  for (char *P = Buf.begin(); P;) {
    char *End = strchr(P, '\n');
    if (End)
      *End = 0;
    addLine(P, Path, ++Number);
    P = End ? End + 1 : nullptr;
  }
}

const char *Suppressions::match(const char *Name, const SiteList *const *Places,
                                uint32_t NumPlaces) const {
  for (size_t N = 0; N != Rules.size(); ++N) {
    const Rule &Ru = Rules[N];
    if ((Ru.K == Any || Ru.K == Subject) && matchesTemplate(Ru.Template, Name))
      return Ru.Line;
    for (uint32_t P = 0; P != NumPlaces; ++P)
      for (uint32_t I = 0; I != Places[P]->Count; ++I) {
        const retsan_site_v1 &S = *Places[P]->Sites[I];
        if (((Ru.K == Any || Ru.K == File) &&
             matchesTemplate(Ru.Template, S.file)) ||
            ((Ru.K == Any || Ru.K == Function) &&
             matchesTemplate(Ru.Template, S.function)))
          return Ru.Line;
      }
  }
  return nullptr;
}

const char *FieldTable::suppressedBy(uint32_t StateIndex) const {
  if (R.Suppressed.empty())
    return nullptr;
  const State &St = States[StateIndex];
  const StateSums &S = Totals.States[StateIndex];
  const SiteList *Places[] = {&S.StoredAt, &S.EnteredAt, &S.FreedAt};
  return R.Suppressed.match(Subjects[St.SubjectIndex]->Name, Places, 3);
}

} // namespace retsan
