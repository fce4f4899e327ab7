//===- Policy.cpp - a project's rules for its findings --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Policy.h"

#include "analyzer/report/Words.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/GlobPattern.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLTraits.h"

#include <cmath>
#include <map>

using namespace llvm;

namespace retsan::report {

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

namespace {

/// A number with a unit, "1.5 MB"; units are those of the reports.
struct Bytes {
  uint64_t N = 0;
};
struct LevelWord {
  std::optional<Confidence> L; ///< Nothing stands for none.
  bool Given = false;
};
struct FailOnWord {
  std::optional<FailOn> F;
};
struct Glob {
  std::string Text;
};
struct Amount {
  double D = 0;
};

} // namespace

} // namespace retsan::report

namespace llvm::yaml {

using namespace retsan;
using namespace retsan::report;

template <> struct ScalarTraits<Bytes> {
  static void output(const Bytes &B, void *, raw_ostream &OS) { OS << B.N; }
  static StringRef input(StringRef S, void *, Bytes &B) {
    StringRef Number =
        S.take_while([](char C) { return isDigit(C) || C == '.'; });
    double Unit = StringSwitch<double>(S.drop_front(Number.size()).trim())
                      .Cases("", "B", "byte", "bytes", 1)
                      .Cases("kB", "KB", 1e3)
                      .Case("MB", 1e6)
                      .Case("GB", 1e9)
                      .Case("KiB", 1024.0)
                      .Case("MiB", 1024.0 * 1024)
                      .Case("GiB", 1024.0 * 1024 * 1024)
                      .Default(0);
    double Value;
    if (!Unit || Number.empty() || Number.getAsDouble(Value) ||
        Value * Unit > 1e18)
      return "expected a number of bytes, such as 4096 or 1.5 MB";
    B.N = std::llround(Value * Unit);
    return "";
  }
  static QuotingType mustQuote(StringRef) { return QuotingType::None; }
};

template <> struct ScalarTraits<Amount> {
  static void output(const Amount &A, void *, raw_ostream &OS) { OS << A.D; }
  static StringRef input(StringRef S, void *, Amount &A) {
    if (S.getAsDouble(A.D) || !(A.D >= 0) || !std::isfinite(A.D))
      return "expected a number that is not negative";
    return "";
  }
  static QuotingType mustQuote(StringRef) { return QuotingType::None; }
};

template <> struct ScalarTraits<LevelWord> {
  static void output(const LevelWord &W, void *, raw_ostream &OS) {
    OS << (W.L ? toString(*W.L) : "none");
  }
  static StringRef input(StringRef S, void *, LevelWord &W) {
    W.L = parseConfidence(S);
    W.Given = true;
    return W.L || S == "none" ? "" : "expected high, medium, low or none";
  }
  static QuotingType mustQuote(StringRef) { return QuotingType::None; }
};

template <> struct ScalarTraits<FailOnWord> {
  static void output(const FailOnWord &, void *, raw_ostream &) {}
  static StringRef input(StringRef S, void *, FailOnWord &W) {
    W.F = StringSwitch<std::optional<FailOn>>(S)
              .Case("new", FailOn::New)
              .Case("high", FailOn::High)
              .Case("confirmed", FailOn::Confirmed)
              .Case("none", FailOn::None)
              .Default(std::nullopt);
    return W.F ? "" : "expected new, high, confirmed or none";
  }
  static QuotingType mustQuote(StringRef) { return QuotingType::None; }
};

template <> struct ScalarTraits<report::Glob> {
  static void output(const report::Glob &G, void *, raw_ostream &OS) {
    OS << G.Text;
  }
  static StringRef input(StringRef S, void *, report::Glob &G) {
    Expected<GlobPattern> P = GlobPattern::create(S);
    if (!P) {
      consumeError(P.takeError());
      return "expected a glob";
    }
    G.Text = S.str();
    return S.empty() ? "expected a glob" : "";
  }
  static QuotingType mustQuote(StringRef) { return QuotingType::Single; }
};

template <> struct MappingTraits<PathRule> {
  static void mapping(IO &Io, PathRule &R) {
    report::Glob G;
    LevelWord L;
    Io.mapRequired("path", G);
    Io.mapRequired("level", L);
    R = {G.Text, L.L};
  }
};

template <> struct MappingTraits<Budget> {
  static void mapping(IO &Io, Budget &B) {
    report::Glob G;
    std::optional<Bytes> Retained;
    std::optional<Amount> Drag;
    Io.mapRequired("subject", G);
    Io.mapOptional("retained", Retained);
    Io.mapOptional("instances", B.Instances);
    Io.mapOptional("drag", Drag);
    B.Subject = G.Text;
    if (Retained)
      B.Retained = Retained->N;
    if (Drag)
      B.Drag = Drag->D;
  }
  static std::string validate(IO &, Budget &B) {
    if (B.Retained || B.Instances || B.Drag)
      return "";
    return "a budget needs one of retained, instances, drag";
  }
};

template <> struct MappingTraits<Policy> {
  static void mapping(IO &Io, Policy &P) {
    LevelWord Level;
    FailOnWord On;
    Io.mapOptional("level", Level);
    Io.mapOptional("checks", P.Checks);
    Io.mapOptional("fail-on", On);
    Io.mapOptional("baseline", P.Baseline);
    Io.mapOptional("suppressions", P.Suppressions);
    Io.mapOptional("paths", P.Paths);
    Io.mapOptional("budgets", P.Budgets);
    if (Level.Given && !Level.L)
      Io.setError("level: none is for paths; here it is high, medium or low");
    P.Level = Level.L;
    P.On = On.F;
  }
};

} // namespace llvm::yaml

LLVM_YAML_IS_SEQUENCE_VECTOR(retsan::report::PathRule)
LLVM_YAML_IS_SEQUENCE_VECTOR(retsan::report::Budget)

namespace retsan::report {

namespace {
/// The first problem the parser meets; later ones are its consequences.
struct FirstProblem {
  std::string Text;
  int Line = 0;
};
} // namespace

static void keepFirst(const SMDiagnostic &D, void *Context) {
  auto &P = *static_cast<FirstProblem *>(Context);
  if (!P.Text.empty())
    return;
  P.Text = D.getMessage().str();
  P.Line = D.getLineNo();
}

Expected<Policy> parsePolicy(StringRef Text, StringRef Name) {
  Policy P;
  FirstProblem Problem;
  yaml::Input In(Text, nullptr, keepFirst, &Problem);
  // A file of comments alone is a policy that says nothing.
  bool Says = any_of(split(Text, '\n'), [](StringRef L) {
    L = L.trim();
    return !L.empty() && !L.starts_with("#") && L != "---";
  });
  if (Says)
    In >> P;
  if (In.error())
    return createStringError(
        In.error(), Twine(Name) + ":" + Twine(std::max(1, Problem.Line)) +
                        ": " +
                        (Problem.Text.empty() ? "is no policy" : Problem.Text));
  P.File = Name.str();
  return P;
}

//===----------------------------------------------------------------------===//
// Levels
//===----------------------------------------------------------------------===//

static bool matches(StringRef Pattern, StringRef Text) {
  Expected<GlobPattern> G = GlobPattern::create(Pattern);
  if (!G) {
    consumeError(G.takeError());
    return false;
  }
  return G->match(Text);
}

Hidden applyLevels(FindingsFile &F, Confidence Default,
                   const std::vector<PathRule> &Rules) {
  Hidden H;
  erase_if(F.Findings, [&](Finding &X) {
    Confidence Level = Default;
    for (const PathRule &R : Rules) {
      if (!matches(R.Path, X.File))
        continue;
      if (R.Level)
        Level = *R.Level;
      else if (X.Suppressed.empty())
        X.Suppressed = "policy: " + R.Path + " is not reported";
      break;
    }
    if (X.Level >= Level)
      return false;
    ++(X.Level == Confidence::Medium ? H.Medium : H.Low);
    return true;
  });
  F.FindingsId = computeFindingsId(F);
  return H;
}

//===----------------------------------------------------------------------===//
// Budgets
//===----------------------------------------------------------------------===//

namespace {
struct Spent {
  std::map<uint64_t, uint64_t> Retained; ///< By subject: findings share it.
  uint64_t Instances = 0;
  double Drag = 0;

  uint64_t retained() const {
    uint64_t Sum = 0;
    for (const auto &[Id, N] : Retained)
      Sum += N;
    return Sum;
  }
};
} // namespace

/// What is kept on purpose or was shown to be wrong spends nothing.
static bool spends(const Finding &X, const Budget &B) {
  return X.Runtime && X.Suppressed.empty() &&
         X.Runtime->V != Verdict::Refuted && matches(B.Subject, X.Subject);
}

std::vector<std::string> applyBudgets(FindingsFile &F,
                                      const std::vector<Budget> &Budgets) {
  std::vector<std::string> Unmatched;
  for (const Budget &B : Budgets) {
    Spent S;
    for (const Finding &X : F.Findings) {
      if (!spends(X, B))
        continue;
      uint64_t &R = S.Retained[X.SubjectId];
      R = std::max(R, X.Runtime->RetainedBytes);
      S.Instances += X.Runtime->Instances;
      S.Drag += X.Runtime->D.MBMBalloc;
    }
    if (none_of(F.Findings, [&](const Finding &X) {
          return matches(B.Subject, X.Subject);
        }))
      Unmatched.push_back(B.Subject);

    bool Over = false;
    std::string Text;
    auto Compare = [&](bool IsOver, const Twine &Of) {
      Over |= IsOver;
      Text += ((Text.empty() ? "" : ", ") + Of).str();
    };
    if (B.Retained)
      Compare(S.retained() > *B.Retained, bytesText(S.retained()) +
                                              " retained of " +
                                              bytesText(*B.Retained));
    if (B.Instances)
      Compare(S.Instances > *B.Instances,
              plural(S.Instances, "instance") + " of " + Twine(*B.Instances));
    if (B.Drag)
      Compare(S.Drag > *B.Drag, numberText(S.Drag) + " MB*MBalloc of drag of " +
                                    numberText(*B.Drag));
    Text = (Over ? "over the budget of " : "within the budget of ") +
           B.Subject + ": " + Text;
    for (Finding &X : F.Findings) {
      if (!spends(X, B))
        continue;
      X.Budget += (X.Budget.empty() ? "" : "; ") + Text;
      X.OverBudget |= Over;
    }
  }
  return Unmatched;
}

} // namespace retsan::report
