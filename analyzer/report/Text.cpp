//===- Text.cpp - findings as a story -------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Text.h"

#include "analyzer/report/Graph.h"
#include "analyzer/report/Join.h"
#include "analyzer/report/Sources.h"
#include "analyzer/report/Words.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <tuple>

using namespace llvm;

namespace retsan::report {

/// How many places of a list are named before "and N more".
static constexpr size_t MaxPlaces = 4;

namespace {

/// Writes one report; knows colours, indentation and the sources.
class Printer {
public:
  Printer(const FindingsFile &F, const TextOptions &Opts, raw_ostream &OS)
      : F(F), Opts(Opts), OS(OS), Src(F.Root) {}

  void story(const Finding &X);
  void details(const Finding &X);
  void headline(const Finding &X);
  void summary(size_t Causes);

private:
  void paint(StringRef Code) {
    if (Opts.Color)
      OS << "\x1b[" << Code << "m";
  }
  void painted(StringRef Code, const Twine &Text) {
    paint(Code);
    OS << Text;
    paint("0");
  }
  void label(StringRef Name) {
    OS << "  ";
    painted("1", Name + ":");
    OS << " ";
  }
  void excerpt(const Finding &X);
  void witness(const Finding &X);
  void states(const Finding &X);
  void readers(const Finding &X);
  void places(StringRef Name, const std::vector<PlaceRef> &Ps,
              size_t Limit = MaxPlaces);
  void runtime(const Finding &X, bool AllPlaces);

  const FindingsFile &F;
  const TextOptions &Opts;
  raw_ostream &OS;
  Sources Src;
};

} // namespace

void Printer::headline(const Finding &X) {
  std::optional<StringRef> Line = Src.line(X.File, X.Line);
  std::string Place = X.File + ":" + utostr(X.Line) + ":";
  if (Line)
    Place += utostr(guiltySpan(*Line, X).Caret + 1) + ":";
  painted("1", Place);
  OS << " ";
  painted("1;35", "warning:");
  OS << " ";
  painted("1", messageOf(X));
  OS << " [" << X.Check << ", " << toString(X.Level) << "]\n";
}

/// The guilty line with the field underlined, as clang does it.
void Printer::excerpt(const Finding &X) {
  std::optional<StringRef> Line = Src.line(X.File, X.Line);
  if (!Line)
    return;
  Span S = guiltySpan(*Line, X);
  // Tabs would put the caret elsewhere than the text above it.
  std::string Shown, Marks;
  for (size_t I = 0; I < Line->size(); ++I) {
    char C = (*Line)[I];
    size_t Width = C == '\t' ? 8 - Shown.size() % 8 : 1;
    Shown.append(Width, C == '\t' ? ' ' : C);
    char Mark = I == S.Caret ? '^' : I >= S.Begin && I < S.End ? '~' : ' ';
    Marks.append(1, S.Begin == S.End ? ' ' : Mark);
    Marks.append(Width - 1, Mark == '^' ? ' ' : Mark);
  }
  OS << formatv("{0,5} | ", X.Line) << Shown << "\n      | ";
  painted("1;32", StringRef(Marks).rtrim());
  OS << "\n";
}

void Printer::witness(const Finding &X) {
  if (X.Witness.empty())
    return;
  OS << "  ";
  painted("1", "how it comes to this:");
  OS << "\n";
  size_t CallWidth = 0, PlaceWidth = 0;
  auto PlaceOf = [](const WitnessStep &W) {
    return W.File.empty() ? std::string() : W.File + ":" + utostr(W.Line);
  };
  for (const WitnessStep &W : X.Witness) {
    CallWidth = std::max(CallWidth, W.Call.size());
    PlaceWidth = std::max(PlaceWidth, PlaceOf(W).size());
  }
  for (size_t I = 0, E = X.Witness.size(); I != E; ++I) {
    const WitnessStep &W = X.Witness[I];
    std::string Text = formatv("{0,5}. ", I + 1).str() + W.Call;
    Text.append(CallWidth - W.Call.size() + 2, ' ');
    std::string Place = PlaceOf(W);
    Text += Place;
    Text.append(PlaceWidth - Place.size() + 2, ' ');
    Text += W.Note;
    if (!W.State.empty())
      Text += (W.Note.empty() ? "{" : "  {") + stateText(W.State) + "}";
    OS << StringRef(Text).rtrim() << "\n";
  }
  if (!X.State.empty())
    OS << "     => between two calls now: " << stateText(X.State) << "\n";
}

void Printer::states(const Finding &X) {
  if (graphOf(X).Nodes.empty())
    return;
  OS << "  ";
  painted("1", "states between two calls (=> is the way above):");
  OS << "\n";
  printGraph(X, OS);
}

void Printer::readers(const Finding &X) {
  if (X.Readers.empty())
    return;
  OS << "  ";
  painted("1", "who would use it, and when:");
  OS << "\n";
  for (const Reader &R : X.Readers)
    OS << "    " << placeText(R.At)
       << (R.Needs.empty() ? ", in other states" : ", while " + R.Needs)
       << "\n";
}

void Printer::places(StringRef Name, const std::vector<PlaceRef> &Ps,
                     size_t Limit) {
  if (Ps.empty())
    return;
  label(Name);
  for (size_t I = 0, E = std::min(Limit, Ps.size()); I != E; ++I)
    OS << (I ? ", " : "") << placeText(Ps[I]);
  if (Ps.size() > Limit)
    OS << " and " << Ps.size() - Limit << " more";
  OS << "\n";
}

void Printer::runtime(const Finding &X, bool AllPlaces) {
  const RuntimeResult &R = *X.Runtime;
  label("in the run");
  StringRef Colour = R.V == Verdict::Confirmed ? "1;31"
                     : R.V == Verdict::Refuted ? "1;32"
                                               : "1;33";
  painted(Colour, verdictText(R));
  OS << "\n";
  for (const auto &[Name, Text] : measuresOf(R)) {
    label(Name);
    OS << Text << "\n";
  }
  if (!X.Budget.empty()) {
    label("budget");
    painted(X.OverBudget ? "1;31" : "0", X.Budget);
    OS << "\n";
  }
  size_t Limit = AllPlaces ? SIZE_MAX : MaxPlaces;
  places("stored at", R.StoredAt, Limit);
  places("last used at", R.LastUsedAt, Limit);
  places("freed at", R.FreedAt, Limit);
  places("state entered at", R.EnteredAt, Limit);
  places("used in this state at", R.UsedInStateAt, Limit);
}

void Printer::story(const Finding &X) {
  headline(X);
  excerpt(X);
  witness(X);
  if (!X.Why.empty()) {
    label("why nobody will use it");
    OS << X.Why << "\n";
  }
  places("used by", X.Uses);
  places("tested by", X.Tests);
  places("released by", X.Releases);
  places("cleared by", X.Clearers);
  if (!X.Fix.empty()) {
    label("fix");
    OS << X.Fix << "\n";
  }
  if (X.Runtime)
    runtime(X, /*AllPlaces=*/false);
  label("fingerprint");
  OS << X.Fingerprint << "\n";
}

void Printer::details(const Finding &X) {
  headline(X);
  excerpt(X);
  label("fingerprint");
  OS << X.Fingerprint << "\n";
  label("subject");
  OS << X.Subject;
  if (!X.Object.empty())
    OS << " (in the variable " << X.Object << ")";
  OS << ", id " << utohexstr(X.SubjectId, true, 16) << "\n";
  if (X.Decl.Line) {
    label("declared at");
    OS << X.Decl.File << ":" << X.Decl.Line << "\n";
  }
  if (!X.Suppressed.empty()) {
    label("suppressed");
    OS << X.Suppressed << "\n";
  }
  witness(X);
  states(X);
  if (std::string P = predicateText(X); !P.empty()) {
    label("the state");
    OS << P << "\n";
  }
  if (!X.Why.empty()) {
    label("why nobody will use it");
    OS << X.Why << "\n";
  }
  readers(X);
  places("stored by", X.Stores, SIZE_MAX);
  places("used by", X.Uses, SIZE_MAX);
  places("tested by", X.Tests, SIZE_MAX);
  places("released by", X.Releases, SIZE_MAX);
  places("cleared by", X.Clearers, SIZE_MAX);
  if (!X.Fix.empty()) {
    label("fix");
    OS << X.Fix << "\n";
  }
  label("confidence");
  OS << toString(X.Level);
  if (!X.Reasons.empty())
    OS << ", because: " << join(X.Reasons, "; ");
  OS << "\n";
  if (X.Runtime)
    runtime(X, /*AllPlaces=*/true);
}

void Printer::summary(size_t Causes) {
  size_t Shown = count_if(F.Findings, isNew);
  size_t Suppressed = count_if(
      F.Findings, [](const Finding &X) { return !X.Suppressed.empty(); });
  auto IsHidden = [](const Finding &X) {
    return X.Suppressed.empty() && !isNew(X);
  };
  size_t Known = count_if(F.Findings, [&](const Finding &X) {
    return IsHidden(X) && X.InBaseline;
  });
  size_t Outside = count_if(F.Findings, [&](const Finding &X) {
    return IsHidden(X) && !X.InBaseline;
  });

  OS << plural(Shown, "finding");
  if (Causes != Shown)
    OS << " in " << plural(Causes, "cause");
  std::vector<std::string> Notes;
  if (Opts.Below.Medium || Opts.Below.Low)
    Notes.push_back("hidden by --level: " + utostr(Opts.Below.Medium) +
                    " medium, " + utostr(Opts.Below.Low) + " low");
  if (Suppressed)
    Notes.push_back(utostr(Suppressed) + " suppressed");
  if (Known)
    Notes.push_back(utostr(Known) + " in the baseline");
  if (Outside)
    Notes.push_back(utostr(Outside) + " outside the changed lines");
  if (!Notes.empty())
    OS << " (" << join(Notes, "; ") << ")";
  OS << "\n";

  const Coverage &C = F.Cov;
  OS << "coverage: " << plural(C.TranslationUnits, "translation unit") << ", "
     << plural(C.Programs, "program") << ", " << plural(C.Functions, "function")
     << ", " << plural(C.RecordsSolved, "record") << " and "
     << plural(C.SubjectsSolved, "subject") << " solved";
  if (!C.Failed.empty())
    OS << "; " << plural(C.Failed.size(), "unit") << " failed";
  if (!C.RecordsSkipped.empty())
    OS << "; " << plural(C.RecordsSkipped.size(), "record") << " not solved";
  if (C.FunctionsCapped)
    OS << "; " << plural(C.FunctionsCapped, "function") << " too complex";
  OS << "\n";
  // A whole library and nothing to solve: a silence that proves nothing.
  constexpr unsigned Few = 20;
  if (C.Functions >= Few && !C.SubjectsSolved)
    OS << "nothing to solve: no field that was asked for is seen to own "
          "memory; an allocator of this code's own is named with "
          "--dealloc=NAME:ARG\n";
  if (!Opts.Verbose)
    return;
  for (const Finding &X : F.Findings)
    if (!X.Suppressed.empty())
      OS << "  suppressed: " << X.File << ":" << X.Line << ": " << X.Subject
         << " [" << X.Check << "]: " << X.Suppressed << "\n";
  for (const Skipped &S : C.Failed)
    OS << "  failed: " << S.What << ": " << S.Why << "\n";
  for (const Skipped &S : C.RecordsSkipped)
    OS << "  not solved: " << S.What << ": " << S.Why << "\n";
}

void printText(const FindingsFile &F, const TextOptions &Opts,
               raw_ostream &OS) {
  Printer P(F, Opts, OS);
  // Several checks may see one cause: the same field at the same place. It is
  // told once; the others are named below it.
  using Cause = std::tuple<StringRef, StringRef, uint32_t>;
  std::vector<std::pair<Cause, std::vector<const Finding *>>> Causes;
  for (const Finding &X : F.Findings) {
    if (!isNew(X))
      continue;
    Cause C(X.Subject, X.File, X.Line);
    auto It =
        find_if(Causes, [&](const auto &Entry) { return Entry.first == C; });
    if (It == Causes.end())
      It = Causes.insert(Causes.end(), {C, {}});
    It->second.push_back(&X);
  }
  for (auto &[C, Findings] : Causes) {
    llvm::sort(Findings, [](const Finding *A, const Finding *B) {
      return std::tie(B->Level, A->Check) < std::tie(A->Level, B->Check);
    });
    P.story(*Findings.front());
    for (const Finding *Other : drop_begin(Findings))
      OS << "  also: " << Other->Message << " [" << Other->Check << ", "
         << toString(Other->Level) << "] " << Other->Fingerprint << "\n";
    OS << "\n";
  }
  P.summary(Causes.size());
}

void explainText(const FindingsFile &F, const Finding &X,
                 const TextOptions &Opts, raw_ostream &OS) {
  Printer(F, Opts, OS).details(X);
}

void printLine(const Finding &X, const TextOptions &Opts, raw_ostream &OS) {
  OS << X.File << ":" << X.Line << ": " << X.Message << " [" << X.Check << ", "
     << toString(X.Level) << "] " << X.Fingerprint << "\n";
}

void printRun(const profile::Profile &P, const TextOptions &Opts,
              raw_ostream &OS) {
  if (const profile::Checkpoint *C = finalCheckpoint(P)) {
    OS << "heap at " << (C->Why.empty() ? "the checkpoint" : C->Why) << ": "
       << bytesText(C->HeapBytes) << " in " << plural(C->HeapObjects, "object")
       << "; " << bytesText(C->ReachableBytes) << " reachable, "
       << bytesText(C->GhostBytes) << " only through stale fields";
    if (C->UnreachableBytes)
      OS << ", " << bytesText(C->UnreachableBytes) << " unreachable";
    OS << "\n";
  }
  for (const std::string &N : P.Notes)
    OS << "note: " << N << "\n";
}

} // namespace retsan::report
