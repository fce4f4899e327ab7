//===- Describe.cpp - findings in words, places and graphs ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the Judge found is told here: the state, the witness that leads to it,
// the states around it, who reads the subject and what they ask for.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Judge.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

std::string toString(const Con &C, function_ref<std::string(int64_t)> NameOf) {
  if (C.isConst())
    return NameOf(C.Lo);
  std::string S;
  auto Part = [&](const std::string &T) {
    S += (S.empty() ? "" : " and ") + T;
  };
  if (C.Lo != Con::Min && !(C.Lo == 0 && C.Hi == Con::Max && C.NumNe))
    Part(">= " + NameOf(C.Lo));
  if (C.Hi != Con::Max)
    Part("<= " + NameOf(C.Hi));
  for (unsigned I = 0; I < C.NumNe; ++I)
    Part("!= " + NameOf(C.Ne[I]));
  return S.empty() ? "any" : S;
}

std::string toString(const Con &C) {
  return toString(C, [](int64_t V) { return std::to_string(V); });
}

std::string Renderer::file(uint32_t File) const {
  if (File == None)
    return "";
  StringRef Path = P.str(P.Files[File].Path);
  if (!Root.empty() && Path.starts_with(Root)) {
    StringRef Rel = Path.drop_front(Root.size());
    if (Rel.starts_with("/"))
      return Rel.drop_front().str();
    if (StringRef(Root).ends_with("/"))
      return Rel.str();
  }
  return Path.str();
}

std::string Renderer::function(uint32_t Fn) const {
  return Fn == None ? "" : P.nameOf(Fn).str();
}

PlaceRef Renderer::place(const Where &W) const {
  return {function(W.Fn), file(W.Loc.File), W.Loc.Line};
}

std::string Judge::guardName(size_t G) const {
  const Guard &Gd = C.guards()[G];
  const Tracked &T = C.engine().focus().Items[Gd.Item];
  std::string N = T.Global != None && T.Path.empty()
                      ? P.str(P.Globals[T.Global].Name).str()
                      : pathOf(P, T);
  if (Gd.Mask) {
    std::string Bits = valueName(G, Gd.Mask);
    N += " & " + (isDigit(Bits[0]) ? "0x" + utohexstr(Gd.Mask) : Bits);
  }
  return N;
}

/// What the source calls \p Value of guard \p G, or the number.
std::string Judge::valueName(size_t G, int64_t Value) const {
  const Guard &Gd = C.guards()[G];
  const Tracked &T = C.engine().focus().Items[Gd.Item];
  StringRef Name;
  if (Gd.Mask && Value == 0)
    return "0"; // None of these bits, whatever 0 is called.
  if (T.Path.empty())
    Name = P.nameOfValue({None, T.Global}, Value);
  else if (T.Path.back().Kind == PathElem::Field)
    Name = P.nameOfValue({T.Path.back().Record, T.Path.back().Index}, Value);
  return Name.empty() ? std::to_string(Value) : Name.str();
}

/// "CONN_CLOSED", ">= 1", "non-null": guard \p G as reports have it.
std::string Judge::valueText(size_t G, const Con &Cn) const {
  if (C.guards()[G].Pointer)
    return Cn.isConst() && Cn.Lo == 0 ? "null" : "non-null";
  return toString(Cn, [&](int64_t V) { return valueName(G, V); });
}

/// "state = CONN_CLOSED", "used >= 1", "old null".
std::string Judge::guardIs(size_t G, const Con &Cn) const {
  std::string V = valueText(G, Cn);
  bool Equals = Cn.isConst() && !C.guards()[G].Pointer;
  return guardName(G) + (Equals ? " = " : " ") + V;
}

/// Guards that the state needs to be told from the live ones. The others had a
/// value on the way to this state by chance (a counter that was still 0); a
/// program that is in the state will often have another.
std::vector<bool> Judge::essential(const AbstractState &A) const {
  std::vector<bool> Keep(A.G.size());
  for (size_t G = 0; G < A.G.size(); ++G)
    Keep[G] = !A.G[G].top();
  auto AllDead = [&] {
    return none_of(C.states(), [&](const AbstractState &B) {
      if (B.F == Held::Null || !B.Live)
        return false;
      for (size_t G = 0; G < A.G.size(); ++G)
        if (Con Both = A.G[G];
            Keep[G] && (!Both.intersect(B.G[G]) || Both.empty()))
          return false;
      return true;
    });
  };
  if (!AllDead())
    return Keep;
  // Guards come in order of weight: the last are given up first.
  for (size_t G = A.G.size(); G-- > 0;) {
    bool Was = Keep[G];
    Keep[G] = false;
    if (Was && !AllDead())
      Keep[G] = true;
  }
  return Keep;
}

std::string Judge::guardText(const AbstractState &A) const {
  std::string S;
  std::vector<bool> Keep = essential(A);
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G])
      continue;
    if (!S.empty())
      S += ", ";
    S += guardIs(G, A.G[G]);
  }
  return S;
}

static std::string heldText(const AbstractState &A) {
  switch (A.F) {
  case Held::Null:
    return "null";
  case Held::Freed:
    return "freed";
  case Held::Unknown:
    return "unknown";
  case Held::NotNull:
    return A.Alias && !A.AliasName.empty() ? "non-null, same as " + A.AliasName
                                           : "non-null";
  }
  return "";
}

Finding Judge::begin(StringRef Check, uint32_t SI) const {
  const AbstractState &A = C.states()[SI];
  Finding F;
  F.Check = Check.str();
  F.SubjectId = Sub.Id;
  F.Subject = Sub.Name;
  F.Record = Sub.Record;
  F.Field = Sub.FieldPath;
  F.Object = Sub.Object;
  F.Suspect = {Sub.Id, Sub.Name, Sub.RecordKey, Sub.IdPath};
  F.Decl = {"", R.file(Sub.Decl.File), Sub.Decl.Line};
  std::vector<bool> Keep = essential(A);
  for (size_t G = 0; G < A.G.size(); ++G) {
    if (!Keep[G])
      continue;
    const Con &Cn = A.G[G];
    const Guard &Gd = C.guards()[G];
    std::string Name = guardName(G);
    F.State.push_back({Name, valueText(G, Cn)});
    if (Gd.Mask)
      continue; // Atoms have no masks; the state is wider without this one.
    const Tracked &T = C.engine().focus().Items[Gd.Item];
    if (T.Global != None && !T.Path.empty())
      continue;
    SubjectRef Ref;
    Ref.SubjectId = idOf(P, T, Ref.RecordKey, Ref.Path);
    Ref.Subject = nameOf(P, T);
    auto Add = [&](StringRef Op, int64_t Value) {
      F.Predicate.push_back({Ref.SubjectId, Name, Op.str(), Value});
    };
    size_t Was = F.Predicate.size();
    if (Gd.Pointer) {
      if (Cn.isConst() && Cn.Lo == 0)
        Add("null", 0);
      else if (!Cn.contains(0))
        Add("nonnull", 0);
    } else if (Cn.isConst()) {
      Add("==", Cn.Lo);
    } else {
      bool Unsigned = !P.Types[T.Type].Signed;
      if (Cn.Lo != Con::Min && !(Unsigned && Cn.Lo == 0))
        Add(">=", Cn.Lo);
      if (Cn.Hi != Con::Max &&
          !(P.Types[T.Type].Kind == TypeKind::Bool && Cn.Hi == 1))
        Add("<=", Cn.Hi);
      for (unsigned I = 0; I < Cn.NumNe; ++I)
        Add("!=", Cn.Ne[I]);
    }
    if (F.Predicate.size() != Was &&
        none_of(F.Phases, [&](const SubjectRef &X) {
          return X.SubjectId == Ref.SubjectId;
        }))
      F.Phases.push_back(Ref);
  }
  F.State.push_back({Sub.FieldPath, heldText(A)});
  witness(F, SI);
  lists(F);
  graph(F, SI);
  readers(F, SI);
  return F;
}

void Judge::witness(Finding &F, uint32_t SI) const {
  std::vector<uint32_t> Chain;
  for (uint32_t I = SI; I != None && Chain.size() < 64; I = C.states()[I].From)
    Chain.push_back(I);
  std::reverse(Chain.begin(), Chain.end());
  for (uint32_t I : Chain) {
    const AbstractState &A = C.states()[I];
    if (A.By == None)
      continue; // The program's start.
    const Transition &Tr = C.transitions()[A.By];
    const Function &Fn = P.Functions[Tr.Fn];
    WitnessStep Step;
    Step.Call = R.function(Tr.Fn);
    Where At{Tr.Fn, Fn.Loc};
    auto Say = [&](const std::string &T) {
      Step.Note += (Step.Note.empty() ? "" : "; ") + T;
    };
    if (A.Start)
      Say("starts the object's life");
    if (!Tr.Keeps && Tr.StoreAt && A.F != Held::Null) {
      Say(Sub.FieldPath + " set here" +
          (Tr.Alias && !Tr.AliasName.empty()
               ? ", to the value of " + Tr.AliasName
               : ""));
      At = Tr.StoreAt;
    }
    if (Tr.FreeAt && A.F == Held::Freed &&
        (A.From == None || C.states()[A.From].F != Held::Freed)) {
      Say(Sub.FieldPath + " freed here");
      At = Tr.FreeAt;
    }
    for (size_t G = 0; G < A.G.size(); ++G)
      if (Tr.PostG[G] && !A.G[G].top()) {
        Say(guardName(G) + " becomes " + valueText(G, A.G[G]));
        if (Tr.GuardAt[G] && At.Fn == Tr.Fn && At.Loc.Line == Fn.Loc.Line)
          At = Tr.GuardAt[G];
      }
    if (Tr.Throws)
      Say("leaves by an exception");
    Step.File = R.file(At.Loc.File);
    Step.Line = At.Loc.Line;
    for (size_t G = 0; G < A.G.size(); ++G)
      if (!A.G[G].top())
        Step.State.push_back({guardName(G), valueText(G, A.G[G])});
    Step.State.push_back({Sub.FieldPath, heldText(A)});
    F.Witness.push_back(std::move(Step));
  }
}

void Judge::lists(Finding &F) const {
  auto Add = [&](std::vector<PlaceRef> &L, const Where &W) {
    if (!W)
      return;
    PlaceRef X = R.place(W);
    if (none_of(L, [&](const PlaceRef &Y) {
          return Y.File == X.File && Y.Line == X.Line;
        }))
      L.push_back(std::move(X));
  };
  for (const Transition &Tr : C.transitions()) {
    if (Tr.Uses || Tr.UsesAndFrees)
      Add(F.Uses, Tr.UseAt);
    if (Tr.Tests)
      Add(F.Tests, Tr.TestAt);
    if (Tr.Releases || Tr.Drops)
      Add(F.Releases, Tr.FreeAt);
    if (!Tr.Keeps && Tr.Post == Held::Null && Tr.Fate == Transition::Lives)
      Add(F.Clearers, Tr.StoreAt);
    if (!Tr.Keeps && (Tr.Post == Held::NotNull || Tr.Post == Held::Freed))
      Add(F.Stores, Tr.StoreAt);
  }
  for (auto *L : {&F.Uses, &F.Tests, &F.Releases, &F.Clearers, &F.Stores}) {
    llvm::sort(*L, [](const PlaceRef &A, const PlaceRef &B) {
      return std::tie(A.File, A.Line, A.Function) <
             std::tie(B.File, B.Line, B.Function);
    });
    if (L->size() > 12)
      L->resize(12);
  }
}

/// The states around the finding: those of the witness, those like the bad one,
/// and the nearest to the start.
void Judge::graph(Finding &F, uint32_t SI) const {
  constexpr size_t MaxNodes = 24;
  constexpr unsigned MaxEdges = 8; // From one state to another.
  const AbstractState &Bad = C.states()[SI];
  std::vector<bool> Keep = essential(Bad);
  auto Like = [&](const AbstractState &A) {
    if (A.F != Bad.F)
      return false;
    for (size_t G = 0; G < Keep.size(); ++G)
      if (Keep[G] && !(A.G[G] == Bad.G[G]))
        return false;
    return true;
  };
  std::vector<uint32_t> Chosen;
  auto Take = [&](uint32_t I) {
    if (Chosen.size() < MaxNodes && !is_contained(Chosen, I))
      Chosen.push_back(I);
  };
  for (uint32_t I = SI; I != None; I = C.states()[I].From)
    Take(I);
  std::vector<uint32_t> Order(C.states().size());
  for (uint32_t I = 0; I < Order.size(); ++I)
    Order[I] = I;
  llvm::stable_sort(Order, [&](uint32_t A, uint32_t B) {
    const AbstractState &X = C.states()[A], &Y = C.states()[B];
    return std::make_tuple(!Like(X), X.Depth) <
           std::make_tuple(!Like(Y), Y.Depth);
  });
  for (uint32_t I : Order)
    Take(I);
  llvm::sort(Chosen);
  for (uint32_t I : Chosen) {
    const AbstractState &A = C.states()[I];
    StateNode N;
    for (size_t G = 0; G < A.G.size(); ++G)
      if (!A.G[G].top())
        N.State.push_back({guardName(G), valueText(G, A.G[G])});
    N.State.push_back({Sub.FieldPath, heldText(A)});
    N.Start = A.Start;
    N.Bad = Like(A);
    F.Graph.Nodes.push_back(std::move(N));
  }
  F.Graph.Hidden = C.states().size() - Chosen.size();
  std::set<std::tuple<uint32_t, uint32_t, uint32_t>> Seen;
  // Thousands of operations may do the same; the first ones stand for them. A
  // state was reached by the first that leads to it, so the witness stays.
  std::map<std::pair<uint32_t, uint32_t>, unsigned> Between;
  for (uint32_t From = 0; From < Chosen.size(); ++From)
    for (auto [TI, To] : C.states()[Chosen[From]].Next) {
      auto It = llvm::find(Chosen, To);
      const Transition &Tr = C.transitions()[TI];
      if (It == Chosen.end() || To == Chosen[From] ||
          !Seen.insert({From, To, Tr.Fn}).second ||
          ++Between[{From, To}] > MaxEdges)
        continue;
      StateEdge E;
      E.From = From;
      E.To = It - Chosen.begin();
      E.Call = R.function(Tr.Fn);
      Where At{Tr.Fn, P.Functions[Tr.Fn].Loc};
      const AbstractState &A = C.states()[To];
      if (!Tr.Keeps && Tr.StoreAt)
        At = Tr.StoreAt;
      else if (Tr.FreeAt && A.F == Held::Freed)
        At = Tr.FreeAt;
      else
        for (const Where &W : Tr.GuardAt)
          if (W)
            At = W;
      E.File = R.file(At.Loc.File);
      E.Line = At.Loc.Line;
      F.Graph.Edges.push_back(std::move(E));
    }
}

/// Who would use the subject, and what they ask for first.
void Judge::readers(Finding &F, uint32_t SI) const {
  std::vector<bool> Keep = essential(C.states()[SI]);
  for (const Transition &Tr : C.transitions()) {
    if (!Tr.Uses || !Tr.UseAt || F.Readers.size() >= 12)
      continue;
    Reader Rd;
    Rd.At = R.place(Tr.UseAt);
    for (size_t G = 0; G < Keep.size(); ++G) {
      const Con &Pre = Tr.PreG[G];
      if (!Keep[G] || Pre.top())
        continue;
      Rd.Needs += (Rd.Needs.empty() ? "" : ", ") + guardIs(G, Pre);
    }
    if (none_of(F.Readers, [&](const Reader &X) {
          return X.At.File == Rd.At.File && X.At.Line == Rd.At.Line &&
                 X.Needs == Rd.Needs;
        }))
      F.Readers.push_back(std::move(Rd));
  }
  llvm::sort(F.Readers, [](const Reader &A, const Reader &B) {
    return std::tie(A.At.File, A.At.Line, A.Needs) <
           std::tie(B.At.File, B.At.Line, B.Needs);
  });
}

} // namespace retsan::solve
