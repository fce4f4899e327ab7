//===- Html.cpp - findings as one page ------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Html.h"

#include "analyzer/report/Graph.h"
#include "analyzer/report/Join.h"
#include "analyzer/report/Select.h"
#include "analyzer/report/Sources.h"
#include "analyzer/report/Words.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <tuple>

using namespace llvm;

namespace retsan::report {

/// Lines of the source above and below the guilty one.
static constexpr uint32_t Context = 4;

static constexpr StringLiteral Style = R"css(
:root { color-scheme: light dark; --bg:#fff; --fg:#1b1f24; --dim:#57606a;
  --line:#d0d7de; --card:#f6f8fa; --bad:#b42318; --good:#1a7f37; --warn:#9a6700;
  --mark:#fff1c2; }
@media (prefers-color-scheme: dark) { :root { --bg:#0d1117; --fg:#e6edf3;
  --dim:#8d96a0; --line:#30363d; --card:#161b22; --bad:#ff7b72; --good:#56d364;
  --warn:#e3b341; --mark:#3b2f0b; } }
body { background:var(--bg); color:var(--fg); font:15px/1.5 system-ui,sans-serif;
  margin:0 auto; max-width:70rem; padding:1.5rem; }
h1 { font-size:1.4rem; } code,pre,.mono { font-family:ui-monospace,monospace;
  font-size:13px; }
.dim { color:var(--dim); } .controls { display:flex; gap:.8rem; flex-wrap:wrap;
  margin:1rem 0; } input,select { font:inherit; padding:.25rem .5rem; }
article { background:var(--card); border:1px solid var(--line);
  border-radius:6px; margin:.8rem 0; } summary { cursor:pointer; padding:.7rem 1rem; }
.body { padding:0 1rem 1rem; } pre { overflow-x:auto; background:var(--bg);
  border:1px solid var(--line); border-radius:6px; padding:.6rem; }
.hit { background:var(--mark); display:inline-block; min-width:100%; }
u { text-decoration:underline wavy var(--bad); } .tag { border:1px solid var(--line);
  border-radius:1rem; padding:0 .5rem; font-size:12px; margin-left:.3rem; }
.confirmed { color:var(--bad); } .refuted { color:var(--good); }
.notexercised { color:var(--warn); } dt { font-weight:600; margin-top:.5rem; }
dd { margin-left:1rem; } ol { margin:.3rem 0; }
.bar { display:grid; grid-template-columns:16rem 1fr 6rem; gap:.6rem; }
.bar i { background:var(--bad); height:.8rem; margin-top:.35rem; min-width:2px; }
.bar span { overflow:hidden; text-overflow:ellipsis; }
@media print { .controls { display:none; } article { break-inside:avoid; } }
)css";

static constexpr StringLiteral Script = R"js(
(function () {
  var list = document.getElementById('list');
  var cards = Array.prototype.slice.call(list.children);
  var ids = ['text', 'level', 'check', 'verdict', 'sort'];
  var c = {};
  ids.forEach(function (id) { c[id] = document.getElementById(id); });
  function key(card, name) { return card.getAttribute('data-' + name); }
  function update() {
    var wanted = c.text.value.toLowerCase(), shown = 0;
    cards.forEach(function (card) {
      var ok = card.textContent.toLowerCase().indexOf(wanted) >= 0;
      ['level', 'check', 'verdict'].forEach(function (name) {
        if (c[name].value && key(card, name) !== c[name].value) ok = false;
      });
      card.hidden = !ok;
      if (ok) shown++;
    });
    document.getElementById('count').textContent = shown + ' shown';
    var by = c.sort.value, numeric = by === 'bytes' || by === 'drag' || by === 'rank';
    cards.slice().sort(function (a, b) {
      var x = key(a, by), y = key(b, by);
      if (numeric) return Number(y) - Number(x);
      return x < y ? -1 : x > y ? 1 : 0;
    }).forEach(function (card) { list.appendChild(card); });
  }
  ids.forEach(function (id) { c[id].addEventListener('input', update); });
  update();
})();
)js";

std::string escapeHtml(StringRef Text) {
  std::string Valid = json::isUTF8(Text) ? Text.str() : json::fixUTF8(Text);
  std::string Out;
  for (char C : Valid) {
    switch (C) {
    case '&':
      Out += "&amp;";
      break;
    case '<':
      Out += "&lt;";
      break;
    case '>':
      Out += "&gt;";
      break;
    case '"':
      Out += "&quot;";
      break;
    case '\'':
      Out += "&#39;";
      break;
    default:
      // HTML allows no other control characters.
      Out += static_cast<unsigned char>(C) < 0x20 && C != '\n' && C != '\t'
                 ? ' '
                 : C;
    }
  }
  return Out;
}

namespace {

class Page {
public:
  Page(const FindingsFile &F, raw_ostream &OS) : F(F), OS(OS), Src(F.Root) {}

  void write(const profile::Profile *P);

private:
  void controls();
  void card(const Finding &X);
  void excerpt(const Finding &X);
  void witness(const Finding &X);
  void states(const Finding &X);
  void retained();
  void item(StringRef Name, StringRef Text);
  void places(StringRef Name, const std::vector<PlaceRef> &Ps);

  const FindingsFile &F;
  raw_ostream &OS;
  Sources Src;
};

} // namespace

static StringRef verdictOf(const Finding &X) {
  return X.Runtime ? toString(X.Runtime->V) : StringRef("static");
}

static std::string statusOf(const Finding &X) {
  if (!X.Suppressed.empty())
    return X.Suppressed;
  if (!X.OverBudget && X.InBaseline)
    return "in the baseline";
  return !X.OverBudget && X.OutsideChange ? "outside the changed lines" : "";
}

void Page::item(StringRef Name, StringRef Text) {
  if (!Text.empty())
    OS << "<dt>" << escapeHtml(Name) << "</dt><dd>" << escapeHtml(Text)
       << "</dd>\n";
}

void Page::places(StringRef Name, const std::vector<PlaceRef> &Ps) {
  std::string Text;
  for (const PlaceRef &P : Ps)
    Text += (Text.empty() ? "" : ", ") + placeText(P);
  item(Name, Text);
}

void Page::excerpt(const Finding &X) {
  if (!Src.line(X.File, X.Line))
    return;
  OS << "<pre>";
  for (uint32_t L = X.Line > Context ? X.Line - Context : 1;
       L <= X.Line + Context; ++L) {
    std::optional<StringRef> Line = Src.line(X.File, L);
    if (!Line)
      break;
    std::string Number = formatv("{0,5}  ", L).str();
    if (L != X.Line) {
      OS << "<span class=dim>" << Number << "</span>" << escapeHtml(*Line)
         << "\n";
      continue;
    }
    Span S = guiltySpan(*Line, X);
    OS << "<span class=hit>" << Number << escapeHtml(Line->take_front(S.Begin))
       << "<u>" << escapeHtml(Line->slice(S.Begin, S.End)) << "</u>"
       << escapeHtml(Line->drop_front(S.End)) << "</span>\n";
  }
  OS << "</pre>\n";
}

void Page::witness(const Finding &X) {
  if (X.Witness.empty())
    return;
  OS << "<dt>how it comes to this</dt><dd><ol>\n";
  for (const WitnessStep &W : X.Witness) {
    OS << "<li><code>" << escapeHtml(W.Call) << "</code>";
    if (!W.File.empty())
      OS << " <span class=dim>" << escapeHtml(W.File) << ":" << W.Line
         << "</span>";
    if (!W.Note.empty())
      OS << " " << escapeHtml(W.Note);
    if (!W.State.empty())
      OS << " <code class=dim>{" << escapeHtml(stateText(W.State))
         << "}</code>";
    OS << "</li>\n";
  }
  OS << "</ol>between two calls now: <code>" << escapeHtml(stateText(X.State))
     << "</code></dd>\n";
}

void Page::states(const Finding &X) {
  std::string Text;
  raw_string_ostream Graph(Text);
  printGraph(X, Graph);
  if (!Text.empty())
    OS << "<dt>states between two calls (=&gt; is the way above)</dt><dd><pre>"
       << escapeHtml(Text) << "</pre></dd>\n";
}

/// Who alone keeps what: a bar for each subject, the longest first.
void Page::retained() {
  std::map<uint64_t, const Finding *>
      BySubject; // Its findings share the bytes.
  for (const Finding &X : F.Findings)
    if (X.Runtime && X.Runtime->RetainedBytes && X.Suppressed.empty())
      BySubject.emplace(X.SubjectId, &X);
  std::vector<const Finding *> Order;
  for (const auto &[Id, X] : BySubject)
    Order.push_back(X);
  llvm::sort(Order, [](const Finding *A, const Finding *B) {
    return std::tie(B->Runtime->RetainedBytes, A->Subject) <
           std::tie(A->Runtime->RetainedBytes, B->Subject);
  });
  if (Order.empty())
    return;
  constexpr size_t MaxBars = 12;
  if (Order.size() > MaxBars)
    Order.resize(MaxBars);
  OS << "<section aria-label=\"retained by field\">\n";
  for (const Finding *X : Order)
    OS << "<div class=bar><span class=mono>" << escapeHtml(X->Subject)
       << "</span><i style=\"width:"
       << formatv("{0:F1}", 100.0 * X->Runtime->RetainedBytes /
                                Order.front()->Runtime->RetainedBytes)
       << "%\"></i><span>" << bytesText(X->Runtime->RetainedBytes)
       << "</span></div>\n";
  OS << "</section>\n";
}

void Page::card(const Finding &X) {
  static const RuntimeResult None;
  const RuntimeResult &R = X.Runtime ? *X.Runtime : None;
  StringRef Verdict = verdictOf(X);
  std::string Class = Verdict.str();
  erase(Class, ' ');
  OS << "<article data-level=\"" << toString(X.Level) << "\" data-check=\""
     << escapeHtml(X.Check) << "\" data-verdict=\"" << Verdict
     << "\" data-place=\"" << escapeHtml(X.File) << ":"
     << right_justify(utostr(X.Line), 9) << "\" data-subject=\""
     << escapeHtml(X.Subject) << "\" data-bytes=\""
     << R.RetainedBytes + R.FreedBytes << "\" data-drag=\"" << R.D.MBMBalloc
     << "\" data-rank=\""
     << static_cast<unsigned>(X.Level) * 10 +
            (R.V == Verdict::Confirmed ? 100u : 0u)
     << "\"><details><summary><code>" << escapeHtml(X.File) << ":" << X.Line
     << "</code> " << escapeHtml(messageOf(X)) << "<span class=tag>"
     << escapeHtml(X.Check) << "</span><span class=tag>" << toString(X.Level)
     << "</span>";
  if (X.Runtime)
    OS << "<span class=\"tag " << Class << "\">" << Verdict << "</span>";
  if (std::string Status = statusOf(X); !Status.empty())
    OS << "<span class=tag>" << escapeHtml(Status) << "</span>";
  OS << "</summary><div class=body>\n";
  excerpt(X);
  OS << "<dl>\n";
  witness(X);
  states(X);
  item("why nobody will use it", X.Why);
  places("stored by", X.Stores);
  places("used by", X.Uses);
  places("tested by", X.Tests);
  places("released by", X.Releases);
  places("cleared by", X.Clearers);
  item("fix", X.Fix);
  item("confidence because", join(X.Reasons, "; "));
  if (X.Runtime) {
    item("in the run", verdictText(R));
    for (const auto &[Name, Text] : measuresOf(R))
      item(Name, Text);
    item("budget", X.Budget);
    places("stored at", R.StoredAt);
    places("last used at", R.LastUsedAt);
    places("freed at", R.FreedAt);
    places("state entered at", R.EnteredAt);
    places("used in this state at", R.UsedInStateAt);
  }
  item("fingerprint", X.Fingerprint);
  OS << "</dl></div></details></article>\n";
}

void Page::controls() {
  auto Select = [&](StringRef Id, StringRef All, ArrayRef<StringRef> Values) {
    OS << "<select id=" << Id << " aria-label=\"" << Id << "\"><option value=\""
       << "\">" << All << "</option>";
    for (StringRef V : Values)
      OS << "<option>" << V << "</option>";
    OS << "</select>\n";
  };
  OS << "<div class=controls><input id=text type=search placeholder=filter "
        "aria-label=filter>\n";
  Select("level", "all levels", {"high", "medium", "low"});
  Select("check", "all checks",
         {
#define RETSAN_CHECK(Id, Name, Summary) Name,
#include "analyzer/model/Checks.def"
         });
  Select("verdict", "all verdicts",
         {"confirmed", "refuted", "not exercised", "static"});
  OS << "<select id=sort aria-label=sort><option value=rank>worst first"
        "</option><option value=place>by place</option><option value=subject>"
        "by subject</option><option value=bytes>by bytes</option><option "
        "value=drag>by drag</option></select>\n"
        "<span id=count class=dim></span></div>\n";
}

void Page::write(const profile::Profile *P) {
  const Coverage &C = F.Cov;
  OS << "<!doctype html>\n<html lang=en><head><meta charset=utf-8>"
        "<meta name=viewport content=\"width=device-width\">"
        "<title>RetSan: "
     << plural(count_if(F.Findings, isNew), "finding") << "</title><style>"
     << Style << "</style></head><body>\n<h1>"
     << plural(count_if(F.Findings, isNew), "finding")
     << " of retained memory</h1>\n<p class=dim>" << escapeHtml(F.Tool)
     << " on " << escapeHtml(F.Root) << "; "
     << plural(C.TranslationUnits, "translation unit") << ", "
     << plural(C.RecordsSolved, "record") << " solved, "
     << plural(C.RecordsSkipped.size(), "record") << " not, "
     << plural(C.Failed.size(), "unit") << " failed";
  if (P)
    if (const profile::Checkpoint *K = finalCheckpoint(*P))
      OS << "<br>heap at " << escapeHtml(K->Why) << ": "
         << bytesText(K->HeapBytes) << ", " << bytesText(K->GhostBytes)
         << " only through stale fields";
  OS << "</p>\n";
  retained();
  controls();
  OS << "<main id=list>\n";
  for (const Finding &X : F.Findings)
    card(X);
  OS << "</main>\n<script>" << Script << "</script></body></html>\n";
}

std::string toHtml(const FindingsFile &F, const profile::Profile *P) {
  std::string Out;
  raw_string_ostream OS(Out);
  Page(F, OS).write(P);
  return Out;
}

} // namespace retsan::report
