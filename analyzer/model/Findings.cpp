//===- Findings.cpp - the file retsan.findings/1 --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Findings to JSON and back. The file may come from another machine or another
// version, so reading trusts nothing: the nesting is bounded before the parser
// (which recurses) sees the text, and the first key that is missing or of a
// wrong type is named with its path.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Findings.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <cmath>

using namespace llvm;
namespace json = llvm::json;

namespace retsan {

static constexpr StringLiteral Schema = "retsan.findings/1";
static constexpr StringLiteral SchemaPrefix = "retsan.findings/";
/// Our own files nest seven deep.
static constexpr unsigned MaxNesting = 64;

StringRef toString(Confidence C) {
  switch (C) {
  case Confidence::Low:
    return "low";
  case Confidence::Medium:
    return "medium";
  case Confidence::High:
    return "high";
  }
  return "low";
}

StringRef toString(Verdict V) {
  switch (V) {
  case Verdict::None:
    return "none";
  case Verdict::Confirmed:
    return "confirmed";
  case Verdict::Refuted:
    return "refuted";
  case Verdict::NotExercised:
    return "not exercised";
  }
  return "none";
}

std::optional<Confidence> parseConfidence(StringRef S) {
  for (Confidence C : {Confidence::Low, Confidence::Medium, Confidence::High})
    if (S == toString(C))
      return C;
  return std::nullopt;
}

static std::optional<Verdict> parseVerdict(StringRef S) {
  for (Verdict V : {Verdict::None, Verdict::Confirmed, Verdict::Refuted,
                    Verdict::NotExercised})
    if (S == toString(V))
      return V;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// Names and messages come from source files of any encoding.
static json::Value text(StringRef S) {
  return json::isUTF8(S) ? json::Value(S.str()) : json::Value(json::fixUTF8(S));
}

static std::string hex16(uint64_t Id) {
  return utohexstr(Id, /*LowerCase=*/true, 16);
}

static json::Value number(double D) { return std::isfinite(D) ? D : 0.0; }

template <typename T, typename Fn>
static json::Array listOf(const std::vector<T> &Items, Fn ToValue) {
  json::Array A;
  for (const T &I : Items)
    A.push_back(ToValue(I));
  return A;
}

static json::Value placeToJSON(const PlaceRef &P) {
  return json::Object{
      {"function", text(P.Function)}, {"file", text(P.File)}, {"line", P.Line}};
}

static json::Array placesToJSON(const std::vector<PlaceRef> &Ps) {
  return listOf(Ps, placeToJSON);
}

static json::Object
stateToJSON(const std::vector<std::pair<std::string, std::string>> &State) {
  json::Object O;
  for (const auto &[Name, Value] : State)
    O[json::isUTF8(Name) ? Name : json::fixUTF8(Name)] = text(Value);
  return O;
}

static json::Value subjectToJSON(const SubjectRef &S) {
  return json::Object{{"subject_id", hex16(S.SubjectId)},
                      {"subject", text(S.Subject)},
                      {"record_key", text(S.RecordKey)},
                      {"path", text(S.Path)}};
}

static json::Value atomToJSON(const Atom &A) {
  return json::Object{{"subject_id", hex16(A.SubjectId)},
                      {"name", text(A.Name)},
                      {"op", A.Op},
                      {"value", A.Value}};
}

static json::Value stepToJSON(const WitnessStep &W) {
  json::Object O{
      {"call", text(W.Call)}, {"file", text(W.File)}, {"line", W.Line}};
  if (!W.Note.empty())
    O["note"] = text(W.Note);
  if (!W.State.empty())
    O["state"] = stateToJSON(W.State);
  return O;
}

static json::Value caughtToJSON(const CaughtUse &C) {
  json::Object O{{"poison", C.Poison}, {"stack", listOf(C.Stack, text)}};
  if (C.At.Line)
    O["at"] = placeToJSON(C.At);
  return O;
}

static json::Value dragToJSON(const Drag &D) {
  return json::Object{{"MB*s", number(D.MBs)},
                      {"MB*MBalloc", number(D.MBMBalloc)}};
}

static json::Value eventToJSON(const LifeEvent &E) {
  json::Object O{{"what", E.What},
                 {"s", number(E.Seconds)},
                 {"MBalloc", number(E.MBalloc)}};
  if (E.At.Line)
    O["at"] = placeToJSON(E.At);
  return O;
}

static json::Value runtimeToJSON(const RuntimeResult &R) {
  json::Object O{
      {"verdict", toString(R.V)},
      {"condition", R.Condition},
      {"instances", R.Instances},
      {"refuted_instances", R.RefutedInstances},
      {"retained_bytes", R.RetainedBytes},
      {"shared_bytes", R.SharedBytes},
      {"freed_bytes", R.FreedBytes},
      {"dangling_for", json::Object{{"s", number(R.DanglingSeconds)},
                                    {"MBalloc", number(R.DanglingMBalloc)}}},
      {"drag", dragToJSON(R.D)},
      {"partial", R.Partial},
      {"stored_at", placesToJSON(R.StoredAt)},
      {"last_used_at", placesToJSON(R.LastUsedAt)},
      {"freed_at", placesToJSON(R.FreedAt)},
      {"entered_at", placesToJSON(R.EnteredAt)},
      {"used_in_state_at", placesToJSON(R.UsedInStateAt)}};
  if (!R.Caught.empty())
    O["caught"] = listOf(R.Caught, caughtToJSON);
  if (R.CuredSlots)
    O["cured_slots"] = R.CuredSlots;
  if (!R.Life.Events.empty())
    O["life"] = json::Object{{"bytes", R.Life.Bytes},
                             {"end", R.Life.End},
                             {"events", listOf(R.Life.Events, eventToJSON)}};
  if (R.Phases)
    O["phases"] = json::Object{{"lag", dragToJSON(R.Phases->Lag)},
                               {"use", dragToJSON(R.Phases->Use)},
                               {"drag", dragToJSON(R.Phases->Drag)},
                               {"void", dragToJSON(R.Phases->Void)}};
  return O;
}

static json::Value graphToJSON(const StateGraph &G) {
  auto Node = [](const StateNode &N) -> json::Value {
    json::Object O{{"state", stateToJSON(N.State)}};
    if (N.Start)
      O["start"] = true;
    if (N.Bad)
      O["bad"] = true;
    return O;
  };
  auto Edge = [](const StateEdge &E) -> json::Value {
    json::Object O{{"from", E.From},
                   {"to", E.To},
                   {"call", text(E.Call)},
                   {"file", text(E.File)},
                   {"line", E.Line}};
    if (!E.Note.empty())
      O["note"] = text(E.Note);
    return O;
  };
  return json::Object{{"states", listOf(G.Nodes, Node)},
                      {"edges", listOf(G.Edges, Edge)},
                      {"hidden", G.Hidden}};
}

static json::Value readerToJSON(const Reader &R) {
  json::Object O = std::move(*placeToJSON(R.At).getAsObject());
  O["needs"] = text(R.Needs);
  return O;
}

static json::Value findingToJSON(const Finding &F) {
  json::Object O{{"fingerprint", F.Fingerprint},
                 {"subject_id", hex16(F.SubjectId)},
                 {"check", F.Check},
                 {"subject", text(F.Subject)},
                 {"record", text(F.Record)},
                 {"field", text(F.Field)},
                 {"object", text(F.Object)},
                 {"file", text(F.File)},
                 {"line", F.Line},
                 {"function", text(F.Function)},
                 {"confidence", toString(F.Level)},
                 {"message", text(F.Message)},
                 {"why", text(F.Why)},
                 {"fix", text(F.Fix)},
                 {"suspect", subjectToJSON(F.Suspect)},
                 {"declared", placeToJSON(F.Decl)},
                 {"state", stateToJSON(F.State)},
                 {"predicate", listOf(F.Predicate, atomToJSON)},
                 {"phases", listOf(F.Phases, subjectToJSON)},
                 {"witness", listOf(F.Witness, stepToJSON)},
                 {"stores", placesToJSON(F.Stores)},
                 {"uses", placesToJSON(F.Uses)},
                 {"tests", placesToJSON(F.Tests)},
                 {"releases", placesToJSON(F.Releases)},
                 {"clearers", placesToJSON(F.Clearers)},
                 {"reasons", listOf(F.Reasons, text)}};
  if (!F.Suppressed.empty())
    O["suppressed"] = text(F.Suppressed);
  if (F.InBaseline)
    O["in_baseline"] = true;
  if (F.OutsideChange)
    O["outside_change"] = true;
  if (!F.Budget.empty())
    O["budget"] =
        json::Object{{"text", text(F.Budget)}, {"over", F.OverBudget}};
  if (!F.Graph.Nodes.empty())
    O["graph"] = graphToJSON(F.Graph);
  if (!F.Readers.empty())
    O["readers"] = listOf(F.Readers, readerToJSON);
  if (F.Runtime)
    O["runtime"] = runtimeToJSON(*F.Runtime);
  return O;
}

static json::Value skippedToJSON(const Skipped &S) {
  return json::Object{{"what", text(S.What)}, {"why", text(S.Why)}};
}

static json::Value coverageToJSON(const Coverage &C) {
  return json::Object{
      {"translation_units", C.TranslationUnits},
      {"failed", listOf(C.Failed, skippedToJSON)},
      {"programs", C.Programs},
      {"functions", C.Functions},
      {"functions_capped", C.FunctionsCapped},
      {"records_solved", C.RecordsSolved},
      {"subjects_solved", C.SubjectsSolved},
      {"records_skipped", listOf(C.RecordsSkipped, skippedToJSON)}};
}

json::Value toJSON(const FindingsFile &F) {
  return json::Object{{"schema", Schema},
                      {"findings_id", F.FindingsId},
                      {"tool", text(F.Tool)},
                      {"root", text(F.Root)},
                      {"deallocators", listOf(F.Deallocators, text)},
                      {"findings", listOf(F.Findings, findingToJSON)},
                      {"coverage", coverageToJSON(F.Cov)}};
}

void writeJSON(const FindingsFile &F, raw_ostream &OS) {
  json::OStream J(OS, /*IndentSize=*/2);
  J.object([&] {
    J.attribute("coverage", coverageToJSON(F.Cov));
    J.attribute("deallocators", listOf(F.Deallocators, text));
    J.attributeArray("findings", [&] {
      for (const Finding &X : F.Findings)
        J.value(findingToJSON(X));
    });
    J.attribute("findings_id", F.FindingsId);
    J.attribute("root", text(F.Root));
    J.attribute("schema", Schema);
    J.attribute("tool", text(F.Tool));
  });
  OS << "\n";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// Reads one JSON object key by key; stops at the first thing that is wrong.
class ObjectReader {
public:
  ObjectReader(const json::Value &V, json::Path P) : P(P), O(V.getAsObject()) {
    if (!O)
      P.report("expected object");
  }

  explicit operator bool() const { return O && Good; }

  bool str(StringLiteral Key, std::string &Out, bool Needed = true) {
    return get(Key, Needed, "expected string", [&](const json::Value &V) {
      std::optional<StringRef> S = V.getAsString();
      if (S)
        Out = S->str();
      return S.has_value();
    });
  }

  bool boolean(StringLiteral Key, bool &Out) {
    return get(Key, false, "expected boolean", [&](const json::Value &V) {
      std::optional<bool> B = V.getAsBoolean();
      if (B)
        Out = *B;
      return B.has_value();
    });
  }

  template <typename T>
  bool count(StringLiteral Key, T &Out, bool Needed = true) {
    return get(Key, Needed, "expected number that is not negative",
               [&](const json::Value &V) {
                 std::optional<uint64_t> N = V.getAsUINT64();
                 if (!N || *N > std::numeric_limits<T>::max())
                   return false;
                 Out = static_cast<T>(*N);
                 return true;
               });
  }

  bool integer(StringLiteral Key, int64_t &Out) {
    return get(Key, true, "expected integer", [&](const json::Value &V) {
      std::optional<int64_t> N = V.getAsInteger();
      if (N)
        Out = *N;
      return N.has_value();
    });
  }

  bool real(StringLiteral Key, double &Out) {
    return get(Key, false, "expected number that is not negative",
               [&](const json::Value &V) {
                 std::optional<double> D = V.getAsNumber();
                 if (!D || !(*D >= 0))
                   return false;
                 Out = *D;
                 return true;
               });
  }

  bool id(StringLiteral Key, uint64_t &Out) {
    return get(Key, true, "expected 16 hexadecimal digits",
               [&](const json::Value &V) {
                 std::optional<StringRef> S = V.getAsString();
                 return S && S->size() == 16 && all_of(*S, isHexDigit) &&
                        !S->getAsInteger(16, Out);
               });
  }

  /// One of a fixed set of words, by \p Parse.
  template <typename T, typename Fn>
  bool word(StringLiteral Key, T &Out, Fn Parse, StringLiteral Expected) {
    return get(Key, true, Expected, [&](const json::Value &V) {
      std::optional<StringRef> S = V.getAsString();
      if (!S)
        return false;
      auto Parsed = Parse(*S);
      if (Parsed)
        Out = *Parsed;
      return Parsed.has_value();
    });
  }

  /// A nested object, by \p Read(Value, Path).
  template <typename Fn>
  bool object(StringLiteral Key, Fn Read, bool Needed = true) {
    if (!*this)
      return false;
    const json::Value *V = O->get(Key);
    if (!V) {
      if (Needed)
        return fail(Key, "missing value");
      return true;
    }
    return Good = Read(*V, P.field(Key));
  }

  template <typename T, typename Fn>
  bool list(StringLiteral Key, std::vector<T> &Out, Fn Read,
            bool Needed = true) {
    return object(
        Key,
        [&](const json::Value &V, json::Path ListPath) {
          const json::Array *A = V.getAsArray();
          if (!A) {
            ListPath.report("expected array");
            return false;
          }
          Out.reserve(A->size());
          for (size_t I = 0, E = A->size(); I != E; ++I)
            if (!Read((*A)[I], Out.emplace_back(), ListPath.index(I)))
              return false;
          return true;
        },
        Needed);
  }

private:
  bool fail(StringLiteral Key, StringLiteral Message) {
    P.field(Key).report(Message);
    return Good = false;
  }

  template <typename Fn>
  bool get(StringLiteral Key, bool Needed, StringLiteral Message, Fn Read) {
    if (!*this)
      return false;
    const json::Value *V = O->get(Key);
    if (!V)
      return Needed ? fail(Key, "missing value") : true;
    return Read(*V) ? true : fail(Key, Message);
  }

  json::Path P;
  const json::Object *O;
  bool Good = true;
};

} // namespace

static bool readString(const json::Value &V, std::string &Out, json::Path P) {
  std::optional<StringRef> S = V.getAsString();
  if (!S) {
    P.report("expected string");
    return false;
  }
  Out = S->str();
  return true;
}

static bool readPlace(const json::Value &V, PlaceRef &Out, json::Path P) {
  ObjectReader R(V, P);
  return R && R.str("function", Out.Function) && R.str("file", Out.File) &&
         R.count("line", Out.Line);
}

static bool readState(const json::Value &V,
                      std::vector<std::pair<std::string, std::string>> &Out,
                      json::Path P) {
  const json::Object *O = V.getAsObject();
  if (!O) {
    P.report("expected object");
    return false;
  }
  for (const auto &[Key, Value] : *O) {
    std::optional<StringRef> S = Value.getAsString();
    if (!S) {
      P.field(Key).report("expected string");
      return false;
    }
    Out.emplace_back(Key.str(), S->str());
  }
  // A JSON object has no order; ours must not depend on a hash table's.
  llvm::sort(Out);
  return true;
}

static bool readSubject(const json::Value &V, SubjectRef &Out, json::Path P) {
  ObjectReader R(V, P);
  return R && R.id("subject_id", Out.SubjectId) &&
         R.str("subject", Out.Subject) && R.str("record_key", Out.RecordKey) &&
         R.str("path", Out.Path);
}

static bool readAtom(const json::Value &V, Atom &Out, json::Path P) {
  static const StringRef Ops[] = {
      "==", "!=", "<", "<=", ">", ">=", "null", "nonnull"};
  auto ParseOp = [](StringRef S) -> std::optional<std::string> {
    if (!is_contained(Ops, S))
      return std::nullopt;
    return S.str();
  };
  ObjectReader R(V, P);
  return R && R.id("subject_id", Out.SubjectId) && R.str("name", Out.Name) &&
         R.word("op", Out.Op, ParseOp, "expected a comparison operator") &&
         R.integer("value", Out.Value);
}

static bool readStep(const json::Value &V, WitnessStep &Out, json::Path P) {
  ObjectReader R(V, P);
  return R && R.str("call", Out.Call) && R.str("file", Out.File) &&
         R.count("line", Out.Line) && R.str("note", Out.Note, false) &&
         R.object(
             "state",
             [&](const json::Value &S, json::Path SP) {
               return readState(S, Out.State, SP);
             },
             false);
}

static bool readCaught(const json::Value &V, CaughtUse &Out, json::Path P) {
  ObjectReader R(V, P);
  auto ReadPlace = [&](const json::Value &A, json::Path AP) {
    return readPlace(A, Out.At, AP);
  };
  return R && R.boolean("poison", Out.Poison) &&
         R.object("at", ReadPlace, false) &&
         R.list("stack", Out.Stack, readString, false);
}

static bool readDrag(const json::Value &V, Drag &Out, json::Path P) {
  ObjectReader R(V, P);
  return R && R.real("MB*s", Out.MBs) && R.real("MB*MBalloc", Out.MBMBalloc);
}

static bool readEvent(const json::Value &V, LifeEvent &Out, json::Path P) {
  ObjectReader R(V, P);
  auto ReadPlace = [&](const json::Value &A, json::Path AP) {
    return readPlace(A, Out.At, AP);
  };
  return R && R.str("what", Out.What) && R.real("s", Out.Seconds) &&
         R.real("MBalloc", Out.MBalloc) && R.object("at", ReadPlace, false);
}

static bool readLife(const json::Value &V, LifeStory &Out, json::Path P) {
  ObjectReader R(V, P);
  return R && R.count("bytes", Out.Bytes) && R.str("end", Out.End) &&
         R.list("events", Out.Events, readEvent);
}

static bool readPhases(const json::Value &V, LifePhases &Out, json::Path P) {
  ObjectReader R(V, P);
  auto Into = [](Drag &D) {
    return [&D](const json::Value &A, json::Path AP) {
      return readDrag(A, D, AP);
    };
  };
  return R && R.object("lag", Into(Out.Lag)) &&
         R.object("use", Into(Out.Use)) && R.object("drag", Into(Out.Drag)) &&
         R.object("void", Into(Out.Void));
}

static bool readRuntime(const json::Value &V, RuntimeResult &Out,
                        json::Path P) {
  ObjectReader R(V, P);
  auto ReadDangling = [&](const json::Value &D, json::Path DP) {
    ObjectReader DR(D, DP);
    return DR && DR.real("s", Out.DanglingSeconds) &&
           DR.real("MBalloc", Out.DanglingMBalloc);
  };
  auto ReadDrag = [&](const json::Value &D, json::Path DP) {
    return readDrag(D, Out.D, DP);
  };
  auto ReadLife = [&](const json::Value &L, json::Path LP) {
    return readLife(L, Out.Life, LP);
  };
  auto ReadPhases = [&](const json::Value &L, json::Path LP) {
    return readPhases(L, Out.Phases.emplace(), LP);
  };
  return R &&
         R.word("verdict", Out.V, parseVerdict,
                "expected confirmed, refuted, not exercised or none") &&
         R.str("condition", Out.Condition, false) &&
         R.count("instances", Out.Instances, false) &&
         R.count("refuted_instances", Out.RefutedInstances, false) &&
         R.count("retained_bytes", Out.RetainedBytes, false) &&
         R.count("shared_bytes", Out.SharedBytes, false) &&
         R.count("freed_bytes", Out.FreedBytes, false) &&
         R.object("dangling_for", ReadDangling, false) &&
         R.object("drag", ReadDrag, false) &&
         R.boolean("partial", Out.Partial) &&
         R.list("stored_at", Out.StoredAt, readPlace, false) &&
         R.list("last_used_at", Out.LastUsedAt, readPlace, false) &&
         R.list("freed_at", Out.FreedAt, readPlace, false) &&
         R.list("entered_at", Out.EnteredAt, readPlace, false) &&
         R.list("used_in_state_at", Out.UsedInStateAt, readPlace, false) &&
         R.list("caught", Out.Caught, readCaught, false) &&
         R.count("cured_slots", Out.CuredSlots, false) &&
         R.object("life", ReadLife, false) &&
         R.object("phases", ReadPhases, false);
}

static bool readNode(const json::Value &V, StateNode &Out, json::Path P) {
  ObjectReader R(V, P);
  return R &&
         R.object("state",
                  [&](const json::Value &S, json::Path SP) {
                    return readState(S, Out.State, SP);
                  }) &&
         R.boolean("start", Out.Start) && R.boolean("bad", Out.Bad);
}

static bool readEdge(const json::Value &V, StateEdge &Out, json::Path P) {
  ObjectReader R(V, P);
  return R && R.count("from", Out.From) && R.count("to", Out.To) &&
         R.str("call", Out.Call) && R.str("file", Out.File) &&
         R.count("line", Out.Line) && R.str("note", Out.Note, false);
}

static bool readGraph(const json::Value &V, StateGraph &Out, json::Path P) {
  ObjectReader R(V, P);
  if (!R || !R.list("states", Out.Nodes, readNode) ||
      !R.list("edges", Out.Edges, readEdge) ||
      !R.count("hidden", Out.Hidden, false))
    return false;
  for (const StateEdge &E : Out.Edges)
    if (E.From >= Out.Nodes.size() || E.To >= Out.Nodes.size()) {
      P.field("edges").report("names a state that is not there");
      return false;
    }
  return true;
}

static bool readReader(const json::Value &V, Reader &Out, json::Path P) {
  ObjectReader R(V, P);
  return readPlace(V, Out.At, P) && R.str("needs", Out.Needs, false);
}

static bool readFinding(const json::Value &V, Finding &Out, json::Path P) {
  ObjectReader R(V, P);
  auto ReadBudget = [&](const json::Value &B, json::Path BP) {
    ObjectReader BR(B, BP);
    return BR && BR.str("text", Out.Budget) &&
           BR.boolean("over", Out.OverBudget);
  };
  auto ReadGraph = [&](const json::Value &G, json::Path GP) {
    return readGraph(G, Out.Graph, GP);
  };
  auto ReadState = [&](const json::Value &S, json::Path SP) {
    return readState(S, Out.State, SP);
  };
  auto ReadSuspect = [&](const json::Value &S, json::Path SP) {
    return readSubject(S, Out.Suspect, SP);
  };
  auto ReadDecl = [&](const json::Value &D, json::Path DP) {
    return readPlace(D, Out.Decl, DP);
  };
  auto ReadRuntime = [&](const json::Value &D, json::Path DP) {
    Out.Runtime.emplace();
    return readRuntime(D, *Out.Runtime, DP);
  };
  return R && R.str("fingerprint", Out.Fingerprint) &&
         R.id("subject_id", Out.SubjectId) && R.str("check", Out.Check) &&
         R.str("subject", Out.Subject) && R.str("record", Out.Record) &&
         R.str("field", Out.Field) && R.str("object", Out.Object) &&
         R.str("file", Out.File) && R.count("line", Out.Line) &&
         R.str("function", Out.Function, false) &&
         R.word("confidence", Out.Level, parseConfidence,
                "expected high, medium or low") &&
         R.str("message", Out.Message) && R.str("why", Out.Why, false) &&
         R.str("fix", Out.Fix, false) && R.object("suspect", ReadSuspect) &&
         R.object("declared", ReadDecl, false) &&
         R.object("state", ReadState) &&
         R.list("predicate", Out.Predicate, readAtom) &&
         R.list("phases", Out.Phases, readSubject) &&
         R.list("witness", Out.Witness, readStep) &&
         R.list("stores", Out.Stores, readPlace, false) &&
         R.list("uses", Out.Uses, readPlace) &&
         R.list("tests", Out.Tests, readPlace) &&
         R.list("releases", Out.Releases, readPlace) &&
         R.list("clearers", Out.Clearers, readPlace) &&
         R.list("reasons", Out.Reasons, readString, false) &&
         R.str("suppressed", Out.Suppressed, false) &&
         R.boolean("in_baseline", Out.InBaseline) &&
         R.boolean("outside_change", Out.OutsideChange) &&
         R.object("budget", ReadBudget, false) &&
         R.object("graph", ReadGraph, false) &&
         R.list("readers", Out.Readers, readReader, false) &&
         R.object("runtime", ReadRuntime, false);
}

static bool readSkipped(const json::Value &V, Skipped &Out, json::Path P) {
  ObjectReader R(V, P);
  return R && R.str("what", Out.What) && R.str("why", Out.Why);
}

static bool readFile(const json::Value &V, FindingsFile &Out, json::Path P) {
  ObjectReader R(V, P);
  auto ReadCoverage = [&](const json::Value &C, json::Path CP) {
    ObjectReader CR(C, CP);
    return CR && CR.count("translation_units", Out.Cov.TranslationUnits) &&
           CR.list("failed", Out.Cov.Failed, readSkipped) &&
           CR.count("programs", Out.Cov.Programs) &&
           CR.count("functions", Out.Cov.Functions, false) &&
           CR.count("functions_capped", Out.Cov.FunctionsCapped, false) &&
           CR.count("records_solved", Out.Cov.RecordsSolved) &&
           CR.count("subjects_solved", Out.Cov.SubjectsSolved, false) &&
           CR.list("records_skipped", Out.Cov.RecordsSkipped, readSkipped);
  };
  return R && R.str("findings_id", Out.FindingsId) &&
         R.str("tool", Out.Tool, false) && R.str("root", Out.Root, false) &&
         R.list("deallocators", Out.Deallocators, readString, false) &&
         R.list("findings", Out.Findings, readFinding) &&
         R.object("coverage", ReadCoverage);
}

/// Depth of brackets outside of strings.
static bool nestsTooDeep(StringRef Text) {
  unsigned Depth = 0;
  bool InString = false;
  for (size_t I = 0, E = Text.size(); I < E; ++I) {
    char C = Text[I];
    if (InString) {
      if (C == '\\')
        ++I;
      else if (C == '"')
        InString = false;
      continue;
    }
    if (C == '"')
      InString = true;
    else if ((C == '[' || C == '{') && ++Depth > MaxNesting)
      return true;
    else if ((C == ']' || C == '}') && Depth)
      --Depth;
  }
  return false;
}

static Error failure(StringRef Name, const Twine &Why) {
  return createStringError(inconvertibleErrorCode(), Twine(Name) + ": " + Why);
}

Expected<FindingsFile> parseFindings(StringRef Text, StringRef Name) {
  if (Text.trim().empty())
    return failure(Name, "not a RetSan findings file: it is empty");
  if (nestsTooDeep(Text))
    return failure(Name, "not a RetSan findings file: nested too deeply");
  Expected<json::Value> V = json::parse(Text);
  if (!V)
    return failure(Name, "not a RetSan findings file, or a damaged one: " +
                             toString(V.takeError()));
  const json::Object *O = V->getAsObject();
  std::optional<StringRef> Found = O ? O->getString("schema") : std::nullopt;
  if (!Found || !Found->starts_with(SchemaPrefix))
    return failure(Name, "not a RetSan findings file: no \"schema\": \"" +
                             Schema + "\" in it");
  if (*Found != Schema)
    return failure(Name, "findings format " +
                             Found->drop_front(SchemaPrefix.size()) +
                             " is of another version of RetSan; this one "
                             "reads " +
                             Schema);
  FindingsFile F;
  json::Path::Root Root("file");
  if (!readFile(*V, F, Root))
    return failure(Name, "damaged findings file: " + toString(Root.getError()));
  return F;
}

std::string computeFindingsId(const FindingsFile &F) {
  std::vector<std::string> Lines;
  for (const Finding &X : F.Findings)
    Lines.push_back(X.Check + '\0' + X.Subject + '\0' + X.Fingerprint + '\0');
  llvm::sort(Lines);
  std::string All;
  for (const std::string &L : Lines)
    All += L;
  return hex16(xxh3_64bits(All));
}

} // namespace retsan
