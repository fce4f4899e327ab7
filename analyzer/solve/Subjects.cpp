//===- Subjects.cpp - subjects and their guards ---------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Subjects.h"
#include "analyzer/model/RecordKey.h"
#include "analyzer/solve/Conditions.h"
#include "analyzer/solve/Contract.h"
#include "analyzer/solve/Screen.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

uint32_t namedRecord(const Program &P, uint32_t Record, uint32_t Field,
                     std::vector<PathElem> &Path) {
  Path.insert(Path.begin(), PathElem{PathElem::Field, Record, Field});
  const facts::Record &R = P.Records[Record];
  if (!R.Anonymous || R.Parent == None)
    return Record;
  const facts::Record &Outer = P.Records[R.Parent];
  for (uint32_t I = 0; I < Outer.Fields.size(); ++I) {
    const Type *T = &P.Types[Outer.Fields[I].Type];
    bool Array = T->Kind == TypeKind::Array;
    if (Array)
      T = &P.Types[T->Elem];
    if (T->Kind != TypeKind::Record || T->Record != Record)
      continue;
    if (Array)
      Path.insert(Path.begin(), PathElem{PathElem::AnyIndex, None, 0});
    return namedRecord(P, R.Parent, I, Path);
  }
  return Record;
}

std::string pathOf(const Program &P, const Tracked &T) {
  std::string S;
  for (const PathElem &E : T.Path) {
    if (E.Kind != PathElem::Field)
      continue;
    StringRef N = P.str(P.Records[E.Record].Fields[E.Index].Name);
    if (N.empty())
      continue;
    if (!S.empty())
      S += '.';
    S += N;
  }
  return S;
}

std::string nameOf(const Program &P, const Tracked &T) {
  std::string Path = pathOf(P, T);
  if (T.Global != None) {
    std::string N = P.str(P.Globals[T.Global].Name).str();
    return Path.empty() ? N : N + "." + Path;
  }
  std::string N = P.str(P.Records[T.Record].Name).str();
  // A variable of unnamed type gives its name.
  if (N.empty())
    for (const Global &G : P.Globals) {
      const Type *Ty = &P.Types[G.Type];
      if (Ty->Kind == TypeKind::Array)
        Ty = &P.Types[Ty->Elem];
      if (Ty->Kind == TypeKind::Record && Ty->Record == T.Record)
        N = P.str(G.Name).str();
    }
  return N + "." + Path;
}

uint64_t idOf(const Program &P, const Tracked &T, std::string &Key,
              std::string &Path) {
  if (T.Global != None && T.Path.empty()) {
    Key.clear();
    Path = P.str(P.Globals[T.Global].Usr).str();
    return globalSubjectId(Path);
  }
  Key = P.str(P.Records[T.Record].Key).str();
  Path = pathOf(P, T);
  return subjectId(Key, Path);
}

std::vector<Subject> findSubjects(const Program &P, const Ownership &O) {
  std::vector<Subject> Result;
  auto IsPointer = [&](const Type &T) {
    return T.Kind == TypeKind::Pointer &&
           T.Owner != OwnerKind::ValueContainer && T.Owner != OwnerKind::Weak;
  };
  auto Finish = [&](Subject &S) {
    S.Name = nameOf(P, S.T);
    S.Id = idOf(P, S.T, S.RecordKey, S.IdPath);
    Result.push_back(std::move(S));
  };
  // The global variable that a record lives in, if it is the only one of its
  // type.
  std::map<uint32_t, SmallVector<uint32_t, 2>> GlobalsOf;
  for (uint32_t G = 0; G < P.Globals.size(); ++G) {
    const Type *T = &P.Types[P.Globals[G].Type];
    if (T->Kind == TypeKind::Record && T->Record != None)
      GlobalsOf[T->Record].push_back(G);
  }
  // Which constant indices of array fields the program uses.
  std::map<FieldRef, SmallVector<uint32_t, 4>> Indices;
  for (const Function &F : P.Functions)
    for (const Place &Pl : F.Places)
      for (size_t I = 0; I + 1 < Pl.Path.size(); ++I)
        if (Pl.Path[I].Kind == PathElem::Field &&
            Pl.Path[I + 1].Kind == PathElem::ConstIndex) {
          auto &V = Indices[{Pl.Path[I].Record, Pl.Path[I].Index}];
          if (!is_contained(V, Pl.Path[I + 1].Index))
            V.push_back(Pl.Path[I + 1].Index);
        }
  for (uint32_t R = 0; R < P.Records.size(); ++R) {
    const facts::Record &Rec = P.Records[R];
    if (Rec.System)
      continue;
    for (uint32_t I = Rec.NumBases; I < Rec.Fields.size(); ++I) {
      const Field &Fd = Rec.Fields[I];
      const Type *T = &P.Types[Fd.Type];
      bool Array = T->Kind == TypeKind::Array;
      if (Array)
        T = &P.Types[T->Elem];
      if (!IsPointer(*T))
        continue;
      Ownership::Evidence Own = O.field({R, I});
      bool Owner = T->Owner != OwnerKind::None;
      if (!Own.owned() && !Own.Released && !Owner && !Fd.LiveWhile)
        continue;
      Subject S;
      S.T.Type = Array ? P.Types[Fd.Type].Elem : Fd.Type;
      S.T.Record = namedRecord(P, R, I, S.T.Path);
      S.Own = Own;
      if (Owner)
        S.Own.Allocated = true;
      S.Kind = T->Owner;
      S.Decl = Fd.Decl;
      S.LiveWhile = P.str(Fd.LiveWhile);
      S.Retained = P.str(Fd.Retained);
      S.InUnion = Rec.Union;
      for (const PathElem &E : S.T.Path)
        if (E.Kind == PathElem::Field)
          S.InUnion |= P.Records[E.Record].Union;
      S.Record = P.str(P.Records[S.T.Record].Name).str();
      S.FieldPath = pathOf(P, S.T);
      auto GIt = GlobalsOf.find(S.T.Record);
      if (GIt != GlobalsOf.end() && GIt->second.size() == 1)
        S.Object = P.str(P.Globals[GIt->second[0]].Name).str();
      if (!Array) {
        Finish(S);
        continue;
      }
      auto It = Indices.find({R, I});
      if (It == Indices.end() || It->second.size() > 4)
        continue;
      llvm::sort(It->second);
      for (uint32_t Idx : It->second) {
        Subject E = S;
        E.T.Path.push_back({PathElem::ConstIndex, None, Idx});
        Finish(E);
      }
    }
  }
  for (uint32_t G = 0; G < P.Globals.size(); ++G) {
    const Global &Gl = P.Globals[G];
    const Type &T = P.Types[Gl.Type];
    if (Gl.System || !IsPointer(T) || Gl.Const)
      continue;
    Ownership::Evidence Own = O.global(G);
    bool Owner = T.Owner != OwnerKind::None;
    if (!Own.owned() && !Own.Released && !Owner && !Gl.LiveWhile)
      continue;
    Subject S;
    S.T.Global = G;
    S.T.Type = Gl.Type;
    S.Own = Own;
    if (Owner)
      S.Own.Allocated = true;
    S.Kind = T.Owner;
    S.Decl = Gl.Decl;
    S.LiveWhile = P.str(Gl.LiveWhile);
    S.Retained = P.str(Gl.Retained);
    S.FieldPath = P.str(Gl.Name).str();
    Finish(S);
  }
  llvm::sort(Result, [&](const Subject &A, const Subject &B) {
    if (A.Name != B.Name)
      return A.Name < B.Name;
    if (A.Id != B.Id)
      return A.Id < B.Id;
    return A.T.Path.size() && B.T.Path.size() &&
           A.T.Path.back().Index < B.T.Path.back().Index;
  });
  return Result;
}

namespace {

/// Finds guards: scalars and pointers whose tests dominate loads of the
/// subject.
class GuardFinder {
public:
  GuardFinder(const Context &C, const Subject &S) : C(C), P(C.P), S(S) {}

  struct Candidate {
    Tracked T;
    int64_t Mask = 0;
    double Votes = 0;
    size_t Order = 0;
    BitVector Covers;             ///< Uses that its test dominates.
    std::optional<bool> SizeLike; ///< isSizeLike, once it is known.
  };
  std::vector<Candidate> Found;
  bool Hooks = false; ///< Pointers to functions may be guards, too.

  void run() {
    uint32_t Slot = C.slotOf(S.T);
    if (Slot == None)
      return;
    for (uint32_t Fn : C.touchersOf(Slot))
      scan(Fn);
  }

private:
  bool isSubject(const Place &Pl) const { return isPlaceOf(S.T, Pl); }

  void scan(uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    const FlowGraph &G = C.graph(Fn);
    bool Writes = false;
    for (uint32_t B : G.Order)
      for (const Instr &I : F.Blocks[B].Instrs) {
        if (I.Opcode == Op::Load && isSubject(F.Places[I.P])) {
          InUse = true;
          ++NumUses;
          atUse(Fn, B, 1.0, 0);
          InUse = false;
        }
        if (I.Opcode == Op::Store && isSubject(F.Places[I.P]))
          Writes = true;
        if ((I.Opcode == Op::Free || I.Opcode == Op::Call) && !Writes)
          for (const Instr &L : F.Blocks[B].Instrs)
            Writes |= L.Opcode == Op::Load && isSubject(F.Places[L.P]);
      }
    // Phase variables are set to constants where the subject is set or freed.
    if (Writes)
      for (uint32_t B : G.Order)
        for (const Instr &I : F.Blocks[B].Instrs)
          if (I.Opcode == Op::Store &&
              (I.A.Kind == Operand::Int || I.A.Kind == Operand::Null) &&
              !I.Init)
            candidate(F.Places[I.P], 0, 0.25);
  }

  /// Credits the tests that decide whether block \p B runs; where there are
  /// none, those that decide over the calls of the function.
  void atUse(uint32_t Fn, uint32_t B, double Weight, unsigned Depth) {
    bool Any = false;
    forEachDecision(C, Fn, B, [&](const Operand &Cond) {
      Any |= forEachTested(C, Fn, Cond, [&](const TestedPlace &T) {
        return candidate(*T.Where, T.Mask, Weight * T.Weight);
      });
    });
    if (Any || Depth >= 2)
      return;
    size_t N = P.SitesOf[Fn].size();
    for (const CallSite &Site : P.SitesOf[Fn])
      if (Site.Function != Fn)
        atUse(Site.Function, Site.Block,
              Weight / double(std::max<size_t>(N, 1)), Depth + 1);
  }

  bool candidate(const Place &Pl, int64_t Mask, double Weight) {
    if (isSubject(Pl))
      return false;
    const Type &T = P.Types[Pl.Type];
    if (T.Kind != TypeKind::Bool && T.Kind != TypeKind::Int &&
        T.Kind != TypeKind::Enum && T.Kind != TypeKind::Pointer &&
        !(Hooks && T.Kind == TypeKind::Function))
      return false;
    if (T.Owner == OwnerKind::ValueContainer)
      return false;
    Tracked K;
    K.Type = Pl.Type;
    if (!Pl.Path.empty()) {
      const PathElem &Last = Pl.Path.back();
      if (Last.Kind != PathElem::Field)
        return false;
      std::vector<PathElem> Path;
      uint32_t R = namedRecord(P, Last.Record, Last.Index, Path);
      // Of the same object; a class and its bases are one object.
      if (S.T.Record == None) {
        if (Pl.Base != Place::Global)
          return false;
        K.Global = Pl.BaseIndex;
        K.Path = Pl.Path;
        for (const PathElem &E : K.Path)
          if (E.Kind == PathElem::AnyIndex)
            return false;
      } else {
        if (!related(R, S.T.Record))
          return false;
        K.Record = R;
        K.Path = Path;
      }
    } else {
      if (Pl.Base != Place::Global || P.Globals[Pl.BaseIndex].Const ||
          P.Globals[Pl.BaseIndex].System)
        return false;
      K.Global = Pl.BaseIndex;
    }
    if (T.Kind == TypeKind::Pointer && S.T.Record != None) {
      // Which object is current says nothing of the phase of one; nor does its
      // place in a list.
      if (K.Global != None)
        return false;
      if (P.Types[T.Elem].Kind == TypeKind::Record &&
          P.Types[T.Elem].Record == K.Record)
        return false;
    }
    for (Candidate &Cd : Found)
      if (Cd.Mask == Mask && same(Cd.T, K)) {
        Cd.Votes += Weight;
        cover(Cd);
        return true;
      }
    Found.push_back({K, Mask, Weight, 0, {}, {}});
    cover(Found.back());
    return true;
  }

  void cover(Candidate &Cd) {
    if (!InUse)
      return;
    Cd.Covers.resize(NumUses);
    Cd.Covers.set(NumUses - 1);
  }

  /// Appends the way to a field of \p R, also in its bases and unnamed parts.
  bool field(uint32_t R, StringRef Name, Tracked &T) const {
    const facts::Record &Rec = P.Records[R];
    for (uint32_t I = 0; I < Rec.Fields.size(); ++I) {
      StringRef Mine = P.str(Rec.Fields[I].Name);
      const Type &Ty = P.Types[Rec.Fields[I].Type];
      if (Mine == Name && I >= Rec.NumBases) {
        T.Path.push_back({PathElem::Field, R, I});
        T.Type = Rec.Fields[I].Type;
        return true;
      }
      if (!Mine.empty() || Ty.Kind != TypeKind::Record || Ty.Record == None)
        continue;
      size_t Was = T.Path.size();
      if (I >= Rec.NumBases)
        T.Path.push_back({PathElem::Field, R, I});
      if (field(Ty.Record, Name, T))
        return true;
      T.Path.resize(Was);
    }
    return false;
  }

  bool related(uint32_t A, uint32_t B) const {
    return A == B || isBase(A, B) || isBase(B, A);
  }
  bool isBase(uint32_t Base, uint32_t Derived) const {
    const facts::Record &R = P.Records[Derived];
    for (uint32_t I = 0; I < R.NumBases; ++I) {
      const Type &T = P.Types[R.Fields[I].Type];
      if (T.Record != None && (T.Record == Base || isBase(Base, T.Record)))
        return true;
    }
    return false;
  }

public:
  /// The variable that a contract names: of the same object, or a global.
  bool named(StringRef Name, Tracked &T) const {
    if (S.T.Record != None) {
      uint32_t R = S.T.Record;
      SmallVector<StringRef, 3> Parts;
      Name.split(Parts, '.');
      bool Ok = true;
      for (size_t I = 0; I < Parts.size() && Ok; ++I) {
        Ok = field(R, Parts[I], T);
        const Type &Ty = P.Types[T.Type];
        if (Ok && I + 1 < Parts.size()) {
          Ok = Ty.Kind == TypeKind::Record && Ty.Record != None;
          R = Ty.Record;
        }
      }
      T.Record = S.T.Record;
      if (Ok)
        return true;
      T = {};
    }
    for (uint32_t G = 0; G < P.Globals.size(); ++G)
      if (P.str(P.Globals[G].Name) == Name) {
        T.Global = G;
        T.Type = P.Globals[G].Type;
        return true;
      }
    return false;
  }

  static bool same(const Tracked &A, const Tracked &B) {
    if (A.Global != B.Global || A.Record != B.Record ||
        A.Path.size() != B.Path.size())
      return false;
    for (size_t I = 0; I < A.Path.size(); ++I)
      if (A.Path[I].Kind != B.Path[I].Kind ||
          A.Path[I].Record != B.Path[I].Record ||
          A.Path[I].Index != B.Path[I].Index)
        return false;
    return true;
  }

  unsigned NumUses = 0;

private:
  const Context &C;
  const Program &P;
  const Subject &S;
  bool InUse = false;
};

/// Whether the variable is set to something other than constants.
bool isSizeLike(const Context &C, const Tracked &T) {
  const Program &P = C.P;
  uint32_t Slot = C.slotOf(T);
  if (P.Types[T.Type].Kind != TypeKind::Int || Slot == None)
    return false;
  for (uint32_t Fn : C.touchersOf(Slot)) {
    const Function &F = P.Functions[Fn];
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Store && I.Opcode != Op::Addr)
          continue;
        const Place &Pl = F.Places[I.P];
        bool Same =
            T.Global != None
                ? Pl.Base == Place::Global && Pl.BaseIndex == T.Global &&
                      Pl.Path.size() == T.Path.size()
                : !Pl.Path.empty() && Pl.Path.back().Kind == PathElem::Field &&
                      Pl.Path.back().Record == T.Path.back().Record &&
                      Pl.Path.back().Index == T.Path.back().Index;
        // Whoever has the address may set it to anything.
        if (Same && (I.Opcode == Op::Addr || I.A.Kind == Operand::Reg))
          return true;
      }
  }
  return false;
}

/// Whether the variable is compared with other variables: it says how many of
/// something there are.
bool isBound(const Context &C, const Tracked &T) {
  const Program &P = C.P;
  uint32_t Slot = C.slotOf(T);
  if (P.Types[T.Type].Kind != TypeKind::Int || Slot == None)
    return false;
  for (uint32_t Fn : C.touchersOf(Slot)) {
    const Function &F = P.Functions[Fn];
    BitVector Loaded(F.NumRegs);
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Load && isPlaceOf(T, F.Places[I.P]))
          Loaded.set(I.Dst);
        auto Is = [&](const Operand &O) {
          return O.Kind == Operand::Reg && Loaded[O.Value];
        };
        if (I.Opcode == Op::Cmp && ((Is(I.A) && I.B.Kind == Operand::Reg) ||
                                    (Is(I.B) && I.A.Kind == Operand::Reg)))
          return true;
      }
  }
  return false;
}

} // namespace

/// Makes a guard of the candidate.
static void take(const Context &C, const GuardFinder::Candidate &Cand, Focus &F,
                 std::vector<Guard> &Guards) {
  Guard G;
  G.Mask = Cand.Mask;
  G.Votes = unsigned(Cand.Votes * 4);
  G.SizeLike = !G.Mask && isSizeLike(C, Cand.T);
  G.Bound = !G.Mask && isBound(C, Cand.T);
  TypeKind K = C.P.Types[Cand.T.Type].Kind;
  G.Pointer = K == TypeKind::Pointer || K == TypeKind::Function;
  uint32_t Item = None;
  for (uint32_t I = 1; I < F.Items.size(); ++I)
    if (GuardFinder::same(F.Items[I], Cand.T))
      Item = I;
  if (Item == None) {
    Item = F.Items.size();
    F.Items.push_back(Cand.T);
  }
  G.Item = Item;
  Guards.push_back(G);
}

/// Whether \p Fn gives the variable a constant.
static bool resets(const Program &P, uint32_t Fn, const Tracked &T) {
  const Function &F = P.Functions[Fn];
  return any_of(F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      return I.Opcode == Op::Store && !I.Init &&
             (I.A.Kind == Operand::Int || I.A.Kind == Operand::Null) &&
             isPlaceOf(T, F.Places[I.P]);
    });
  });
}

std::vector<SiblingFocus> siblingFoci(const Context &C, const Subject &S,
                                      ArrayRef<uint32_t> Fns,
                                      const Focus &Had) {
  constexpr size_t MostReset = 3, MostAsked = 2;
  GuardFinder Finder(C, S);
  Finder.Hooks = true;
  Finder.run();
  llvm::stable_sort(Finder.Found, [](const auto &A, const auto &B) {
    return A.Votes > B.Votes;
  });
  std::vector<SiblingFocus> Foci;
  auto Take = [&](bool Reset, size_t Most) {
    for (const GuardFinder::Candidate &Cand : Finder.Found) {
      if (Foci.size() == Most)
        break;
      if (Cand.Mask ||
          any_of(
              Had.Items,
              [&](const Tracked &T) { return GuardFinder::same(T, Cand.T); }) ||
          Reset !=
              any_of(Fns, [&](uint32_t Fn) { return resets(C.P, Fn, Cand.T); }))
        continue;
      SiblingFocus F;
      F.F.Items.push_back(S.T);
      take(C, Cand, F.F, F.Guards);
      F.Reset = Reset;
      Foci.push_back(std::move(F));
    }
  };
  Take(/*Reset=*/true, MostReset);
  Take(/*Reset=*/false, Foci.size() + MostAsked);
  return Foci;
}

Focus makeFocus(const Context &C, const Ownership &O, const Subject &S,
                std::vector<Guard> &Guards) {
  GuardFinder Finder(C, S);
  Finder.run();
  auto &Found = Finder.Found;
  for (size_t I = 0; I < Found.size(); ++I)
    Found[I].Order = I;
  llvm::sort(Found, [](const auto &A, const auto &B) {
    return std::make_pair(-A.Votes, A.Order) <
           std::make_pair(-B.Votes, B.Order);
  });
  Focus F;
  F.Items.push_back(S.T);
  auto Take = [&](const GuardFinder::Candidate &Cand) {
    take(C, Cand, F, Guards);
  };
  auto SizeLike = [&](GuardFinder::Candidate &Cand) {
    if (!Cand.SizeLike)
      Cand.SizeLike = isSizeLike(C, Cand.T);
    return *Cand.SizeLike;
  };
  // What a contract names comes first.
  std::vector<bool> Taken(Found.size());
  for (const ContractName &N : contractNames(S.LiveWhile)) {
    GuardFinder::Candidate Named;
    if (!Finder.named(N.Name, Named.T) || Guards.size() >= 3)
      continue;
    Named.Mask = N.Mask;
    for (size_t I = 0; I < Found.size(); ++I)
      if (Found[I].Mask == Named.Mask &&
          GuardFinder::same(Found[I].T, Named.T)) {
        Named.Votes = Found[I].Votes;
        Taken[I] = true;
      }
    Take(Named);
  }
  // Cover the uses greedily; flags and states before lengths and pointers.
  BitVector Covered(Finder.NumUses);
  while (Guards.size() < 3) {
    size_t Best = Found.size();
    double BestGain = 0;
    for (size_t I = 0; I < Found.size(); ++I) {
      if (Taken[I] || Found[I].Covers.none())
        continue;
      BitVector New = Found[I].Covers;
      New.resize(Finder.NumUses);
      New.reset(Covered);
      TypeKind K = C.P.Types[Found[I].T.Type].Kind;
      double Gain = New.count() * (K == TypeKind::Pointer ? 0.7
                                   : SizeLike(Found[I])   ? 0.6
                                                          : 1.0);
      if (Gain > BestGain) {
        BestGain = Gain;
        Best = I;
      }
    }
    // A further guard must earn its states.
    if (Best == Found.size() ||
        (!Guards.empty() && BestGain < 0.25 * Finder.NumUses))
      break;
    Taken[Best] = true;
    BitVector Mine = Found[Best].Covers;
    Mine.resize(Finder.NumUses);
    Covered |= Mine;
    Take(Found[Best]);
  }
  // One more that is set to a constant where the subject is set or freed.
  for (size_t I = 0; I < Found.size() && Guards.size() < 3; ++I)
    if (!Taken[I] && !SizeLike(Found[I]) &&
        C.P.Types[Found[I].T.Type].Kind != TypeKind::Pointer) {
      Take(Found[I]);
      break;
    }
  // Fields that hand over their value are followed for aliases.
  if (S.T.Global != None) {
    for (uint32_t G : O.sourcesOfGlobal(S.T.Global)) {
      Tracked T;
      T.Global = G;
      T.Type = C.P.Globals[G].Type;
      if (F.Items.size() < 6 && none_of(F.Items, [&](const Tracked &X) {
            return GuardFinder::same(X, T);
          }))
        F.Items.push_back(T);
    }
  } else if (!S.T.Path.empty() && S.T.Path.back().Kind == PathElem::Field) {
    for (FieldRef Fr :
         O.sourcesOf({S.T.Path.back().Record, S.T.Path.back().Index})) {
      Tracked T;
      T.Record = namedRecord(C.P, Fr.first, Fr.second, T.Path);
      T.Type = C.P.Records[Fr.first].Fields[Fr.second].Type;
      if (T.Record == S.T.Record && F.Items.size() < 6 &&
          none_of(F.Items,
                  [&](const Tracked &X) { return GuardFinder::same(X, T); }))
        F.Items.push_back(T);
    }
  }
  return F;
}

} // namespace retsan::solve
