//===- Sarif.cpp - findings for code-scanning services --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Sarif.h"

#include "analyzer/report/Select.h"
#include "analyzer/report/Sources.h"
#include "analyzer/report/Words.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
namespace json = llvm::json;

namespace retsan::report {

namespace {
struct CheckInfo {
  StringRef Id, Name, Summary;
};
} // namespace

static constexpr CheckInfo AllChecks[] = {
#define RETSAN_CHECK(Id, Name, Summary) {#Id, Name, Summary},
#include "analyzer/model/Checks.def"
};

/// GitHub's limits: results of a run, and locations of a result that it shows.
static constexpr size_t MaxResults = 25000;
static constexpr size_t MaxRelated = 100;

static json::Value text(StringRef S) {
  return json::isUTF8(S) ? json::Value(S.str()) : json::Value(json::fixUTF8(S));
}

/// A path as a URI reference: RFC 3986's unreserved characters and '/' stay.
static std::string uri(StringRef Path) {
  std::string Out;
  for (unsigned char C : Path.bytes()) {
    if (isAlnum(C) || StringRef("-._~/").contains(C))
      Out += C;
    else
      Out += "%" + toHex(StringRef(reinterpret_cast<const char *>(&C), 1));
  }
  return Out;
}

static json::Value message(StringRef S) {
  return json::Object{{"text", text(S)}};
}

static json::Object artifact(StringRef File) {
  json::Object O{{"uri", uri(File)}};
  if (!File.starts_with("/"))
    O["uriBaseId"] = "SRCROOT";
  return O;
}

static json::Object physical(StringRef File, uint32_t Line) {
  json::Object O{{"artifactLocation", artifact(File)}};
  if (Line)
    O["region"] = json::Object{{"startLine", Line}};
  return O;
}

static json::Object location(const PlaceRef &P, const Twine &Message) {
  json::Object O{{"physicalLocation", physical(P.File, P.Line)},
                 {"message", message(Message.str())}};
  if (!P.Function.empty())
    O["logicalLocations"] = json::Array{json::Object{
        {"fullyQualifiedName", text(P.Function)}, {"kind", "function"}}};
  return O;
}

static json::Value codeFlow(const Finding &X) {
  json::Array Steps;
  for (const WitnessStep &W : X.Witness) {
    std::string Text = "call of " + W.Call;
    if (!W.Note.empty())
      Text += ": " + W.Note;
    json::Object Step{
        {"location", location({W.Call, W.File, W.Line}, Text)},
        {"importance", &W == &X.Witness.back() ? "essential" : "important"}};
    if (!W.State.empty()) {
      json::Object State;
      for (const auto &[Name, Value] : W.State)
        State[json::fixUTF8(Name)] = message(Value);
      Step["state"] = std::move(State);
    }
    Steps.push_back(std::move(Step));
  }
  return json::Object{{"threadFlows", json::Array{json::Object{
                                          {"locations", std::move(Steps)}}}}};
}

/// What a run saw of the pointer: a second flow beside the witness.
static std::optional<json::Value> lifeFlow(const Finding &X) {
  const RuntimeResult &R = *X.Runtime;
  json::Array Steps;
  auto Add = [&](const std::vector<PlaceRef> &Ps, StringRef What) {
    if (Ps.empty() || Ps.front().File.empty())
      return;
    Steps.push_back(
        json::Object{{"location", location(Ps.front(), X.Subject + What)},
                     {"importance", "important"}});
  };
  Add(R.StoredAt, " is stored");
  Add(R.LastUsedAt, " is used for the last time");
  Add(R.EnteredAt, R.Condition == "dangling"
                       ? " is in the state of the finding from here"
                       : " is not needed from here, and stays set");
  Add(R.FreedAt, "'s target is freed");
  Add(R.UsedInStateAt, " is used all the same");
  if (Steps.empty())
    return std::nullopt;
  return json::Object{{"message", message("in the run: " + verdictText(R))},
                      {"threadFlows", json::Array{json::Object{
                                          {"locations", std::move(Steps)}}}}};
}

static json::Array relatedLocations(const Finding &X) {
  json::Array A;
  auto Add = [&](const std::vector<PlaceRef> &Ps, StringRef What) {
    for (const PlaceRef &P : Ps) {
      if (P.File.empty() || A.size() == MaxRelated)
        continue;
      json::Object L = location(P, X.Subject + " is " + What + " here");
      L["id"] = static_cast<int64_t>(A.size() + 1);
      A.push_back(std::move(L));
    }
  };
  if (X.Decl.Line)
    Add({X.Decl}, "declared");
  Add(X.Stores, "stored");
  Add(X.Uses, "used");
  Add(X.Releases, "released");
  Add(X.Clearers, "cleared");
  if (X.Runtime) {
    Add(X.Runtime->StoredAt, "stored (in the run)");
    Add(X.Runtime->LastUsedAt, "last used (in the run)");
    Add(X.Runtime->FreedAt, "freed (in the run)");
  }
  return A;
}

static json::Object properties(const Finding &X) {
  json::Object P{{"confidence", toString(X.Level)},
                 {"subject", text(X.Subject)},
                 {"subjectId", utohexstr(X.SubjectId, true, 16)},
                 {"state", text(stateText(X.State))}};
  if (!X.Budget.empty())
    P["budget"] = text(X.Budget);
  if (!X.Runtime)
    return P;
  const RuntimeResult &R = *X.Runtime;
  P["verdict"] = toString(R.V);
  P["condition"] = R.Condition;
  P["instances"] = R.Instances;
  P["retainedBytes"] = R.RetainedBytes;
  P["freedBytes"] = R.FreedBytes;
  P["drag"] = json::Object{{"MB*s", R.D.MBs}, {"MB*MBalloc", R.D.MBMBalloc}};
  return P;
}

static double rank(const Finding &X) {
  if (X.OverBudget)
    return 100;
  if (X.Runtime && X.Runtime->V == Verdict::Confirmed)
    return 100;
  if (X.Runtime && X.Runtime->V == Verdict::Refuted)
    return 0;
  return X.Level == Confidence::High     ? 90
         : X.Level == Confidence::Medium ? 50
                                         : 10;
}

/// SARIF's and GitLab's scales meet in these four.
enum class Severity { Error, Warning, Note, None };
static Severity severity(const Finding &X) {
  if (X.OverBudget)
    return Severity::Error;
  if (X.Runtime && X.Runtime->V == Verdict::Confirmed)
    return Severity::Error;
  if (X.Runtime && X.Runtime->V == Verdict::Refuted)
    return Severity::None;
  return X.Level == Confidence::High ? Severity::Warning : Severity::Note;
}

/// SARIF counts columns from 1 in UTF-16 code units, a line is bytes of UTF-8.
static int64_t column(StringRef Line, size_t Byte) {
  int64_t Units = 0;
  for (unsigned char C : Line.take_front(Byte).bytes())
    Units += C >= 0xf0 ? 2 : (C & 0xc0) != 0x80;
  return Units + 1;
}

/// What a comment or an annotation in the source says is in the source.
static StringRef suppressionKind(StringRef Why) {
  return Why.starts_with("NOLINT") || Why.starts_with("RETSAN_") ? "inSource"
                                                                 : "external";
}

static json::Value result(const Finding &X, Sources &Src) {
  static const StringRef Levels[] = {"error", "warning", "note", "none"};
  json::Object Main = physical(X.File, X.Line);
  if (std::optional<StringRef> Line = Src.line(X.File, X.Line)) {
    Span S = guiltySpan(*Line, X);
    json::Object *Region = Main.getObject("region");
    if (Region && S.End > S.Begin) {
      Region->insert({"startColumn", column(*Line, S.Begin)});
      Region->insert({"endColumn", column(*Line, S.End)});
      Region->insert({"snippet", json::Object{{"text", text(*Line)}}});
    }
  }
  json::Object Where{{"physicalLocation", std::move(Main)}};
  if (!X.Function.empty())
    Where["logicalLocations"] = json::Array{json::Object{
        {"fullyQualifiedName", text(X.Function)}, {"kind", "function"}}};

  std::string Text = messageOf(X);
  if (!X.Why.empty())
    Text += "\n" + X.Why;
  if (!X.Fix.empty())
    Text += "\nFix: " + X.Fix;
  json::Object O{
      {"ruleId", X.Check},
      {"level", Levels[static_cast<unsigned>(severity(X))]},
      {"message", message(Text)},
      {"locations", json::Array{std::move(Where)}},
      // GitHub tracks results by primaryLocationLineHash; ours does not move
      // with the lines above it.
      {"partialFingerprints",
       json::Object{{"retsan/v1", X.Fingerprint},
                    {"primaryLocationLineHash", X.Fingerprint + ":1"}}},
      {"rank", rank(X)},
      {"properties", properties(X)}};
  for (size_t I = 0; I < std::size(AllChecks); ++I)
    if (AllChecks[I].Name == X.Check)
      O["ruleIndex"] = static_cast<int64_t>(I);
  if (json::Array Related = relatedLocations(X); !Related.empty())
    O["relatedLocations"] = std::move(Related);
  json::Array Flows;
  if (!X.Witness.empty())
    Flows.push_back(codeFlow(X));
  if (X.Runtime)
    if (std::optional<json::Value> Life = lifeFlow(X))
      Flows.push_back(std::move(*Life));
  if (!Flows.empty())
    O["codeFlows"] = std::move(Flows);
  if (!X.Suppressed.empty())
    O["suppressions"] =
        json::Array{json::Object{{"kind", suppressionKind(X.Suppressed)},
                                 {"status", "accepted"},
                                 {"justification", text(X.Suppressed)}}};
  // A result of kind "fail" has no level none.
  if (severity(X) == Severity::None)
    O["kind"] = "pass";
  return O;
}

static json::Array rules() {
  json::Array A;
  for (const CheckInfo &C : AllChecks)
    A.push_back(json::Object{
        {"id", C.Name},
        {"name", C.Id},
        {"shortDescription", message(C.Summary)},
        {"fullDescription",
         message(("RetSan reports " + C.Summary + ".").str())},
        {"help", message(("docs/checks/" + C.Name.drop_front(7) +
                          ".md says what counts and how to silence it.")
                             .str())},
        {"defaultConfiguration", json::Object{{"level", "warning"}}},
        {"properties",
         json::Object{{"tags", json::Array{"memory", "retention"}}}}});
  return A;
}

/// What services take: all results, or the best of them.
static std::vector<const Finding *> resultsOf(const FindingsFile &F) {
  std::vector<const Finding *> Kept;
  for (const Finding &X : F.Findings)
    Kept.push_back(&X);
  // A service refuses the whole file when there are too many.
  if (Kept.size() > MaxResults) {
    llvm::sort(Kept, [](const Finding *A, const Finding *B) {
      auto KeyA = std::make_pair(isNew(*A), rank(*A));
      auto KeyB = std::make_pair(isNew(*B), rank(*B));
      // Equal ones stay in their order, which is that of one vector.
      return KeyA != KeyB ? KeyA > KeyB : A < B;
    });
    Kept.resize(MaxResults);
  }
  return Kept;
}

static json::Value invocation(const FindingsFile &F, size_t Kept) {
  json::Array Notifications;
  for (const Skipped &S : F.Cov.Failed)
    Notifications.push_back(json::Object{
        {"level", "error"}, {"message", message(S.What + ": " + S.Why)}});
  if (Kept < F.Findings.size())
    Notifications.push_back(json::Object{
        {"level", "warning"},
        {"message", message(("only the first " + Twine(Kept) + " of " +
                             Twine(F.Findings.size()) + " results are here")
                                .str())}});
  return json::Object{{"executionSuccessful", F.Cov.Failed.empty()},
                      {"toolExecutionNotifications", std::move(Notifications)}};
}

static json::Value driver(const FindingsFile &F) {
  json::Object Driver{{"name", "RetSan"}, {"rules", rules()}};
  StringRef Version = StringRef(F.Tool).split(' ').second;
  if (!Version.empty())
    Driver["version"] = text(Version);
  return Driver;
}

static void writeRun(const FindingsFile &F, json::OStream &J) {
  auto IsOld = [](const Finding &X) { return X.InBaseline || X.OutsideChange; };
  bool HasBaseline = any_of(F.Findings, IsOld);
  std::string Root = "file://" + uri(F.Root);
  if (!StringRef(Root).ends_with("/"))
    Root += "/";
  std::vector<const Finding *> Kept = resultsOf(F);
  Sources Src(F.Root);

  J.attribute("columnKind", "utf16CodeUnits");
  J.attribute("invocations", json::Array{invocation(F, Kept.size())});
  J.attribute("originalUriBaseIds",
              json::Object{{"SRCROOT", json::Object{{"uri", Root}}}});
  J.attribute("properties", json::Object{{"findingsId", F.FindingsId}});
  J.attributeArray("results", [&] {
    for (const Finding *X : Kept) {
      json::Value R = result(*X, Src);
      if (HasBaseline)
        (*R.getAsObject())["baselineState"] = IsOld(*X) ? "unchanged" : "new";
      J.value(R);
    }
  });
  J.attribute("tool", json::Object{{"driver", driver(F)}});
}

void writeSarif(const FindingsFile &F, raw_ostream &OS) {
  json::OStream J(OS, /*IndentSize=*/2);
  J.object([&] {
    J.attribute("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    J.attributeArray("runs", [&] { J.object([&] { writeRun(F, J); }); });
    J.attribute("version", "2.1.0");
  });
  OS << "\n";
}

void writeGitLab(const FindingsFile &F, raw_ostream &OS) {
  static const StringRef Severities[] = {"critical", "major", "minor", "info"};
  json::OStream J(OS, /*IndentSize=*/2);
  J.array([&] {
    for (const Finding &X : F.Findings) {
      // The format has no way to say "suppressed".
      if (!isNew(X))
        continue;
      J.value(json::Object{
          {"description", text(messageOf(X))},
          {"check_name", X.Check},
          {"fingerprint", X.Fingerprint},
          {"severity", Severities[static_cast<unsigned>(severity(X))]},
          {"location",
           json::Object{
               {"path", text(X.File)},
               {"lines", json::Object{{"begin", std::max(1u, X.Line)}}}}}});
    }
  });
  OS << "\n";
}

} // namespace retsan::report
