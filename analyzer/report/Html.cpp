//===- Html.cpp - findings as one page ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Html.h"

#include "analyzer/model/ProfileJSON.h"
#include "analyzer/report/Drag.h"
#include "analyzer/report/FixDiff.h"
#include "analyzer/report/Join.h"
#include "analyzer/report/Pprof.h"
#include "analyzer/report/Sources.h"
#include "analyzer/report/Words.h"
#include "llvm/Support/Base64.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/raw_ostream.h"

#include <cassert>
#include <map>
#include <set>

using namespace llvm;

extern "C" {
extern const char retsan_html_page_begin[], retsan_html_page_end[];
}

namespace retsan::report {

/// Lines of the source above and below a guilty place, and any other one.
static constexpr uint32_t Near = 3, Far = 1;
static constexpr size_t MaxFields = 50;
/// Data of more bytes are packed.
static constexpr size_t MaxPlain = 2000000;

std::string scriptData(StringRef Json) {
  // In JSON `<` stands in strings only. Without it nothing can end the element.
  std::string Out;
  Out.reserve(Json.size());
  bool InString = false, Escaped = false;
  for (char C : Json) {
    if (C == '"' && !Escaped)
      InString = !InString;
    Escaped = C == '\\' && !Escaped;
    if (!InString && (C == ' ' || C == '\n'))
      continue;
    if (C == '<')
      Out += "\\u003c";
    else if (C == '>')
      Out += "\\u003e";
    else
      Out += C;
  }
  return Out;
}

static std::string valid(StringRef S) {
  return json::isUTF8(S) ? S.str() : json::fixUTF8(S);
}

static std::string statusOf(const Finding &X) {
  if (!X.Suppressed.empty())
    return X.Suppressed;
  if (!X.OverBudget && X.InBaseline)
    return "in the baseline";
  return !X.OverBudget && X.OutsideChange ? "outside the changed lines" : "";
}

namespace {

/// The lines that the page quotes, by file.
class Quotes {
public:
  explicit Quotes(Sources &Src) : Src(Src) {}

  void add(const Finding &X) {
    want(X.File, X.Line, Near);
    want(X.Decl.File, X.Decl.Line, Far);
    for (const WitnessStep &W : X.Witness)
      want(W.File, W.Line, Far);
    for (const auto *L :
         {&X.Stores, &X.Uses, &X.Tests, &X.Releases, &X.Clearers})
      for (const PlaceRef &P : *L)
        want(P.File, P.Line, Far);
  }

  json::Object take() {
    json::Object Out;
    for (const auto &[File, Lines] : Wanted) {
      json::Object Texts;
      for (uint32_t L : Lines)
        if (std::optional<StringRef> Text = Src.line(File, L))
          Texts[std::to_string(L)] = valid(*Text);
      if (!Texts.empty())
        Out[valid(File)] = std::move(Texts);
    }
    return Out;
  }

private:
  void want(StringRef File, uint32_t Line, uint32_t Around) {
    if (File.empty() || !Line)
      return;
    std::set<uint32_t> &Lines = Wanted[File.str()];
    for (uint32_t L = Line > Around ? Line - Around : 1; L <= Line + Around;
         ++L)
      Lines.insert(L);
  }

  Sources &Src;
  std::map<std::string, std::set<uint32_t>> Wanted;
};

} // namespace

/// What the text report would say of \p X, for the page to say the same.
static json::Object notesOf(const Finding &X, Sources &Src) {
  json::Object O{{"title", valid(messageOf(X))}};
  if (std::string Status = statusOf(X); !Status.empty())
    O["status"] = valid(Status);
  if (!X.Suppressed.empty())
    O["suppressed"] = true;
  if (std::optional<StringRef> Line = Src.line(X.File, X.Line)) {
    Span S = guiltySpan(*Line, X);
    // The page counts in UTF-16 units.
    auto Units = [&](size_t Bytes) {
      int64_t N = 0;
      for (unsigned char C : Line->take_front(Bytes))
        N += (C & 0xc0) != 0x80 ? (C >= 0xf0 ? 2 : 1) : 0;
      return N;
    };
    O["span"] = json::Array{Units(S.Begin), Units(S.End)};
  }
  if (std::string Diff = fixDiff(X, Src); !Diff.empty())
    O["diff"] = valid(Diff);
  if (X.Runtime) {
    O["verdict"] = verdictText(*X.Runtime);
    json::Array Measures;
    for (const auto &[Name, Text] : measuresOf(*X.Runtime))
      Measures.push_back(json::Array{Name, Text});
    O["measures"] = std::move(Measures);
  }
  return O;
}

static json::Value runOf(const profile::Profile *P) {
  if (!P)
    return nullptr;
  // Tables of subjects and states are in the findings already.
  profile::Profile Short = *P;
  Short.Subjects.clear();
  Short.States.clear();
  Short.Lives.clear();
  return profile::toJSON(Short);
}

static json::Array fieldsOf(const FindingsFile &F, const profile::Profile *P) {
  profile::Profile Ranked;
  if (P)
    for (const profile::SubjectResult *S : fieldsByDrag(*P, &F))
      if (Ranked.Subjects.size() < MaxFields)
        Ranked.Subjects.push_back(*S);
  json::Value All = profile::toJSON(Ranked);
  return std::move(*All.getAsObject()->getArray("subjects"));
}

std::string toHtml(const FindingsFile &F, const profile::Profile *P) {
  StringRef Page(retsan_html_page_begin,
                 retsan_html_page_end - retsan_html_page_begin);
  auto [Head, Foot] = Page.split("@PACKED@\">@DATA@");
  assert(!Foot.empty() && "scripts/bundle-html checks this");

  Sources Src(F.Root);
  Quotes Quoted(Src);
  std::string Data;
  raw_string_ostream OS(Data);
  OS << "{\"findings\":";
  writeJSON(F, OS);
  OS << ",\"notes\":[";
  for (const Finding &X : F.Findings) {
    Quoted.add(X);
    OS << (&X == &F.Findings.front() ? "" : ",")
       << json::Value(notesOf(X, Src));
  }
  OS << "],\"run\":" << runOf(P)
     << ",\"fields\":" << json::Value(fieldsOf(F, P))
     << ",\"sources\":" << json::Value(Quoted.take()) << "}";
  std::string Form = "no";
  Data = scriptData(Data);
  if (Data.size() > MaxPlain && compression::zlib::isAvailable()) {
    Form = "gzip";
    Data = encodeBase64(gzip(Data));
  }
  return (Head + Form + "\">" + Data + Foot).str();
}

} // namespace retsan::report
