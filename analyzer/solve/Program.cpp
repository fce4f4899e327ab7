//===- Program.cpp - linking units ----------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Program.h"
#include "analyzer/solve/Counts.h"
#include "analyzer/solve/Hooks.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Teardown.h"
#include "analyzer/solve/Threads.h"
#include "analyzer/solve/Throwing.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

#include <algorithm>
#include <map>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// Joins units one after another into a Program.
class Linker {
public:
  explicit Linker(Program &P) : P(P) {
    P.Strings.emplace_back();
    StringIds[""] = 0;
    P.Types.emplace_back();
  }

  void add(const Unit &U) {
    ++P.NumUnits;
    StrMap.clear();
    for (const std::string &S : U.Strings)
      StrMap.push_back(intern(S));
    FileMap.clear();
    for (const File &F : U.Files)
      FileMap.push_back(addFile(F));
    TypeBase = P.Types.size() - 1;
    for (size_t I = 1; I < U.Types.size(); ++I)
      P.Types.push_back(U.Types[I]);
    mapRecords(U);
    for (size_t I = 1; I < U.Types.size(); ++I) {
      Type &T = P.Types[TypeBase + I];
      T.Elem = type(T.Elem);
      T.Spelling = StrMap[T.Spelling];
      if (T.Record != None)
        T.Record = RecordMap[T.Record];
    }
    mapGlobals(U);
    mapCallees(U);
    fillGlobals(U);
    for (const Function &F : U.Functions)
      addFunction(F);
    mapLeftOut(U);
    mapNames(U);
  }

  /// Which names stand, whatever the order of the units.
  void finish() {
    for (auto &[Field, ByValue] : Names) {
      // A macro for 0 alone may be anybody's: no names of states.
      bool Lone = ByValue.size() == 1 && ByValue.begin()->first == 0 &&
                  !ByValue.begin()->second.ByType;
      std::vector<NamedValue> Out;
      for (const auto &[Value, N] : ByValue)
        if (N.Name && !Lone)
          Out.push_back({Value, N.Name});
      if (!Out.empty())
        P.ValueNames[Field] = std::move(Out);
    }
  }

private:
  StrId intern(StringRef S) {
    auto [It, New] = StringIds.try_emplace(S, P.Strings.size());
    if (New)
      P.Strings.push_back(S.str());
    return It->second;
  }
  TypeId type(TypeId T) const { return T ? TypeBase + T : 0; }
  SrcLoc loc(SrcLoc L) const {
    if (L.File != None)
      L.File = FileMap[L.File];
    return L;
  }

  void mapLeftOut(const Unit &U) {
    if (U.LeftOut.empty())
      return;
    StringSet<> Names;
    for (StrId Name : U.LeftOut)
      Names.insert(U.str(Name));
    for (size_t I = 0; I < U.Globals.size(); ++I)
      if (Names.contains(U.str(U.Globals[I].Name)))
        P.LeftOut.insert({None, GlobalMap[I]});
    for (size_t I = 0; I < U.Records.size(); ++I)
      for (size_t F = 0; F < U.Records[I].Fields.size(); ++F)
        if (Names.contains((U.str(U.Records[I].Name) + "." +
                            U.str(U.Records[I].Fields[F].Name))
                               .str()))
          P.LeftOut.insert({RecordMap[I], uint32_t(F)});
  }

  void mapNames(const Unit &U) {
    for (const Naming &N : U.Namings) {
      auto &ByValue =
          Names[N.Record == None ? FieldRef(None, GlobalMap[N.Index])
                                 : FieldRef(RecordMap[N.Record], N.Index)];
      auto Add = [&](const NamedValue &V, bool ByType) {
        ValueName New{StrMap[V.Name], ByType};
        auto [It, Added] = ByValue.try_emplace(V.Value, New);
        ValueName &Old = It->second;
        if (Added || Old.ByType > ByType)
          return;
        if (Old.ByType < ByType)
          Old = New;
        else if (Old.Name != New.Name)
          Old.Name = 0; // Two names, no way to choose.
      };
      if (N.Enum != None)
        for (const NamedValue &V : U.Enums[N.Enum].Values)
          Add(V, true);
      for (const NamedValue &V : N.Names)
        Add(V, false);
    }
  }

  uint32_t addFile(const File &F) {
    StrId Path = StrMap[F.Path];
    auto [It, New] = FileIds.try_emplace(Path, P.Files.size());
    if (New)
      P.Files.push_back({Path, F.System});
    return It->second;
  }

  void mapRecords(const Unit &U) {
    RecordMap.clear();
    std::vector<bool> New(U.Records.size());
    for (size_t I = 0; I < U.Records.size(); ++I) {
      const Record &R = U.Records[I];
      StringRef Key = U.str(R.Key);
      // Two instances of one template share the key; their layouts differ.
      std::string K = Key.str() + "#" + std::to_string(R.LayoutHash) + "#" +
                      std::to_string(R.Fields.size());
      if (Key.empty())
        K = "?" + std::to_string(P.NumUnits) + "." + std::to_string(I);
      auto [It, Added] = RecordIds.try_emplace(K, P.Records.size());
      New[I] = Added;
      if (Added)
        P.Records.emplace_back();
      RecordMap.push_back(It->second);
    }
    for (size_t I = 0; I < U.Records.size(); ++I) {
      if (!New[I]) {
        refine(P.Records[RecordMap[I]], U.Records[I], U);
        continue;
      }
      Record R = U.Records[I];
      R.Name = StrMap[R.Name];
      R.Usr = StrMap[R.Usr];
      R.Key = StrMap[R.Key];
      R.Decl = loc(R.Decl);
      if (R.Parent != None)
        R.Parent = RecordMap[R.Parent];
      for (Field &F : R.Fields) {
        F.Name = StrMap[F.Name];
        F.Type = type(F.Type);
        F.Decl = loc(F.Decl);
        F.LiveWhile = StrMap[F.LiveWhile];
        F.Retained = StrMap[F.Retained];
      }
      P.Records[RecordMap[I]] = std::move(R);
    }
  }

  /// A unit that uses no element of a container knows nothing of their type.
  void refine(Record &Known, const Record &R, const Unit &U) {
    for (size_t I = 0; I < Known.Fields.size(); ++I)
      if (P.Types[Known.Fields[I].Type].Owner == OwnerKind::ValueContainer &&
          U.Types[R.Fields[I].Type].Owner == OwnerKind::Container)
        Known.Fields[I].Type = type(R.Fields[I].Type);
  }

  void mapGlobals(const Unit &U) {
    GlobalMap.clear();
    for (const Global &G : U.Globals) {
      auto [It, New] = GlobalIds.try_emplace(U.str(G.Usr), P.Globals.size());
      if (New)
        P.Globals.emplace_back();
      GlobalMap.push_back(It->second);
    }
  }

  void fillGlobals(const Unit &U) {
    for (size_t I = 0; I < U.Globals.size(); ++I) {
      Global &Old = P.Globals[GlobalMap[I]];
      if (Old.Usr && (Old.Defined || !U.Globals[I].Defined))
        continue;
      Global G = U.Globals[I];
      G.Usr = StrMap[G.Usr];
      G.Name = StrMap[G.Name];
      G.Type = type(G.Type);
      G.LiveWhile = StrMap[G.LiveWhile];
      G.Retained = StrMap[G.Retained];
      G.Decl = loc(G.Decl);
      for (GlobalInit &GI : G.Inits) {
        path(GI.Path);
        operand(GI.Value);
      }
      Old = std::move(G);
    }
  }

  void mapCallees(const Unit &U) {
    CalleeMap.clear();
    for (const Callee &C : U.Callees) {
      auto [It, New] = CalleeIds.try_emplace(U.str(C.Usr), P.Callees.size());
      if (New) {
        Callee N = C;
        N.Usr = StrMap[C.Usr];
        N.Name = StrMap[C.Name];
        N.Decl = loc(C.Decl);
        for (StrId &O : N.Overrides)
          O = StrMap[O];
        P.Callees.push_back(std::move(N));
      } else {
        Callee &N = P.Callees[It->second];
        N.AddressTaken |= C.AddressTaken;
        N.NoReturn |= C.NoReturn;
        N.MallocLike |= C.MallocLike;
        N.TakesArgs |= C.TakesArgs;
        N.DeclaredInHeader |= C.DeclaredInHeader;
      }
      CalleeMap.push_back(It->second);
    }
  }

  void operand(Operand &O) const {
    if (O.Kind == Operand::Func)
      O.Value = CalleeMap[O.Value];
  }
  void path(std::vector<PathElem> &Path) const {
    for (PathElem &E : Path)
      if (E.Kind == PathElem::Field)
        E.Record = RecordMap[E.Record];
  }

  /// Another program has this body: what it reads is not read by nobody.
  void leaveOut(const Function &F, const Function *First = nullptr) {
    auto ForLoads = [](const Function &Of, function_ref<void(FieldRef)> Do) {
      for (const Block &B : Of.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Load && !Of.Places[I.P].Path.empty())
            if (const PathElem &E = Of.Places[I.P].Path.back();
                E.Kind == PathElem::Field)
              Do({E.Record, E.Index});
    };
    DenseSet<FieldRef> Known;
    if (First)
      ForLoads(*First, [&](FieldRef Fd) { Known.insert(Fd); });
    ForLoads(F, [&](FieldRef Fd) {
      Fd.first = RecordMap[Fd.first];
      if (!Known.count(Fd))
        P.LeftOut.insert(Fd);
    });
  }

  void addFunction(const Function &Old) {
    uint32_t C = CalleeMap[Old.Callee];
    if (P.BodyOf.size() <= C)
      P.BodyOf.resize(C + 1, None);
    // An inline function that another unit brought already, or a source that is
    // compiled twice: for a static library, and for a shared one that exports.
    if (P.BodyOf[C] != None) {
      Function &First = P.Functions[P.BodyOf[C]];
      First.Private &= Old.Private;
      const SrcLoc At = loc(Old.Loc);
      if (At.File != First.Loc.File || At.Line != First.Loc.Line)
        leaveOut(Old);
      else if (Old.InMainFile)
        leaveOut(Old, &First);
      return;
    }
    P.BodyOf[C] = P.Functions.size();
    Function F = Old;
    F.Callee = C;
    F.ReleasesField = StrMap[F.ReleasesField];
    F.Loc = loc(F.Loc);
    F.End = loc(F.End);
    F.ReturnType = type(F.ReturnType);
    if (F.Record != None)
      F.Record = RecordMap[F.Record];
    for (Local &L : F.Locals) {
      L.Name = StrMap[L.Name];
      L.Type = type(L.Type);
      L.Decl = loc(L.Decl);
    }
    for (Place &Pl : F.Places) {
      if (Pl.Base == Place::Global)
        Pl.BaseIndex = GlobalMap[Pl.BaseIndex];
      operand(Pl.Ptr);
      path(Pl.Path);
      Pl.Type = type(Pl.Type);
    }
    for (Block &B : F.Blocks) {
      for (Instr &I : B.Instrs) {
        operand(I.A);
        operand(I.B);
        for (Operand &O : I.Args)
          operand(O);
        if (I.Callee != None)
          I.Callee = CalleeMap[I.Callee];
        I.Type = type(I.Type);
        I.Loc = loc(I.Loc);
      }
      operand(B.Term.Cond);
      B.Term.Loc = loc(B.Term.Loc);
    }
    P.Functions.push_back(std::move(F));
  }

  Program &P;
  StringMap<StrId> StringIds;
  DenseMap<StrId, uint32_t> FileIds;
  StringMap<uint32_t> RecordIds, GlobalIds, CalleeIds;
  std::vector<StrId> StrMap;
  std::vector<uint32_t> FileMap, RecordMap, GlobalMap, CalleeMap;
  TypeId TypeBase = 0;
  struct ValueName {
    StrId Name = 0; ///< 0: several.
    bool ByType = false;
  };
  std::map<FieldRef, std::map<int64_t, ValueName>> Names;
};

/// The function pointers that fields and globals may hold.
void collectTargets(Program &P) {
  P.GlobalTargets.resize(P.Globals.size());
  auto Note = [&](const std::vector<PathElem> &Path, uint32_t Global,
                  uint32_t Callee) {
    for (const PathElem &E : reverse(Path))
      if (E.Kind == PathElem::Field) {
        auto &V = P.FieldTargets[{E.Record, E.Index}];
        if (!is_contained(V, Callee))
          V.push_back(Callee);
        return;
      }
    if (Global != None && !is_contained(P.GlobalTargets[Global], Callee))
      P.GlobalTargets[Global].push_back(Callee);
  };
  // A function is called from anywhere if its address is a value somewhere.
  for (Callee &C : P.Callees)
    C.AddressTaken = false;
  P.TableOnly.assign(P.Callees.size(), true);
  auto Take = [&](const Operand &O, bool Table = false) {
    if (O.Kind != Operand::Func)
      return;
    P.Callees[O.Value].AddressTaken = true;
    if (!Table)
      P.TableOnly[O.Value] = false;
  };
  for (uint32_t G = 0; G < P.Globals.size(); ++G)
    for (const GlobalInit &I : P.Globals[G].Inits)
      if (I.Value.Kind == Operand::Func) {
        Take(I.Value, !I.Path.empty());
        Note(I.Path, G, I.Value.Value);
      }
  for (const Function &F : P.Functions)
    for (const Block &B : F.Blocks) {
      Take(B.Term.Cond);
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Call)
          Take(I.A, I.Opcode == Op::Store && !F.Places[I.P].Path.empty());
        Take(I.B);
        for (const Operand &O : I.Args)
          Take(O);
        if (I.Opcode == Op::Store && I.A.Kind == Operand::Func) {
          const Place &Pl = F.Places[I.P];
          Note(Pl.Path, Pl.Base == Place::Global ? Pl.BaseIndex : None,
               I.A.Value);
        }
      }
    }
}

/// A table of commands is a client's menu; its call says nothing of any one.
void dropMenus(Program &P) {
  constexpr unsigned Menu = 12;
  for (const auto &[Field, Held] : P.FieldTargets)
    if (Held.size() > Menu)
      for (uint32_t C : Held)
        P.TableOnly[C] = false;
}

/// What nothing refers to is dead, in a program of which nearly all is used: it
/// came with a library. (Else the program is a tool that a library brings
/// along.) What is static and has no user is dead anywhere.
void findDead(Program &P) {
  unsigned All = 0;
  SmallVector<uint32_t, 16> Dead, Unused;
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    const Callee &C = P.Callees[F.Callee];
    if (F.Record != None || F.System || F.Lambda || Fn == P.Main)
      continue;
    bool Static = C.Link == Linkage::Internal;
    All += !Static;
    if (!P.SitesOf[Fn].empty() || C.AddressTaken || P.ThreadEntry[Fn] ||
        (F.InHeader && P.Main == None))
      continue;
    (Static ? Dead : Unused).push_back(Fn);
  }
  if (P.Main != None && All >= 40 && Unused.size() * 10 <= All)
    Dead.append(Unused.begin(), Unused.end());
  while (!Dead.empty()) {
    uint32_t Fn = Dead.pop_back_val();
    if (P.CalledElsewhere[Fn])
      continue;
    P.CalledElsewhere[Fn] = true;
    // What only the dead call is dead.
    for (const Block &B : P.Functions[Fn].Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Call || I.Callee == None)
          continue;
        uint32_t To = P.BodyOf[I.Callee];
        if (To != None && !P.Callees[I.Callee].AddressTaken &&
            all_of(P.SitesOf[To], [&](const CallSite &S) {
              return P.CalledElsewhere[S.Function] || S.Function == To;
            }))
          Dead.push_back(To);
      }
  }
}

void collectOverriders(Program &P) {
  P.Overriders.resize(P.Callees.size());
  DenseMap<StrId, uint32_t> ByUsr;
  for (uint32_t C = 0; C < P.Callees.size(); ++C)
    ByUsr[P.Callees[C].Usr] = C;
  for (uint32_t C = 0; C < P.Callees.size(); ++C) {
    SmallVector<uint32_t, 8> Work{C};
    DenseSet<uint32_t> Seen{C};
    while (!Work.empty())
      for (StrId O : P.Callees[Work.pop_back_val()].Overrides) {
        auto It = ByUsr.find(O);
        if (It == ByUsr.end() || !Seen.insert(It->second).second)
          continue;
        P.Overriders[It->second].push_back(C);
        Work.push_back(It->second);
      }
  }
}

void collectSites(Program &P) {
  P.SitesOf.resize(P.Functions.size());
  P.ExitHook.resize(P.Functions.size());
  P.CalledElsewhere.resize(P.Functions.size());
  for (uint32_t F = 0; F < P.Functions.size(); ++F) {
    const Function &Fn = P.Functions[F];
    DenseMap<uint32_t, const Place *> LoadedFrom;
    for (uint32_t B = 0; B < Fn.Blocks.size(); ++B)
      for (uint32_t N = 0; N < Fn.Blocks[B].Instrs.size(); ++N) {
        const Instr &I = Fn.Blocks[B].Instrs[N];
        if (I.Opcode == Op::Load)
          LoadedFrom[I.Dst] = &Fn.Places[I.P];
        if (I.Opcode != Op::Call)
          continue;
        bool Complete;
        const Place *From = nullptr;
        if (I.Callee == None && I.A.Kind == Operand::Reg)
          From = LoadedFrom.lookup(I.A.Value);
        for (uint32_t T : P.targets(I, From, Complete))
          P.SitesOf[T].push_back({F, B, N});
        if (I.Callee != None && runsAtExit(P.str(P.Callees[I.Callee].Name)))
          for (const Operand &A : I.Args)
            if (A.Kind == Operand::Func && P.BodyOf[A.Value] != None)
              P.ExitHook[P.BodyOf[A.Value]] = true;
      }
  }
}

} // namespace

const SmallVector<uint32_t, 4> *Program::held(const Place *From) const {
  if (!From)
    return nullptr;
  for (const PathElem &E : reverse(From->Path))
    if (E.Kind == PathElem::Field) {
      auto It = FieldTargets.find({E.Record, E.Index});
      if (It != FieldTargets.end())
        return &It->second;
      break;
    }
  return From->Base == Place::Global ? &GlobalTargets[From->BaseIndex]
                                     : nullptr;
}

uint32_t Program::namedCallee(const Instr &I, const Place *From) const {
  if (I.Callee != None)
    return I.Callee;
  if (const SmallVector<uint32_t, 4> *Known = held(From))
    for (uint32_t C : *Known)
      if (BodyOf[C] == None &&
          libraryEffect(str(Callees[C].Name), I.Args.size()).Kind !=
              LibKind::Unknown)
        return C;
  return None;
}

SmallVector<uint32_t, 4> Program::targets(const Instr &I, const Place *From,
                                          bool &Complete) const {
  SmallVector<uint32_t, 4> Result;
  Complete = true;
  auto Add = [&](uint32_t Callee) {
    if (BodyOf[Callee] == None) {
      Complete = false;
      return;
    }
    if (!is_contained(Result, BodyOf[Callee]))
      Result.push_back(BodyOf[Callee]);
  };
  if (I.Callee != None) {
    if (!I.Virtual) {
      Add(I.Callee);
      return Result;
    }
    if (BodyOf[I.Callee] != None)
      Add(I.Callee);
    for (uint32_t C : Overriders[I.Callee])
      Add(C);
    Complete &= !Result.empty();
    return Result;
  }
  if (I.A.Kind == Operand::Func) {
    Add(I.A.Value);
    return Result;
  }
  Complete = false;
  const SmallVector<uint32_t, 4> *Known = held(From);
  if (!Known || Known->size() > 8)
    return Result;
  Complete = !Known->empty();
  for (uint32_t C : *Known)
    Add(C);
  return Result;
}

/// Whether some functions of the sources are hidden and others exported.
static bool hasExports(const Program &P) {
  bool Hides = false, Exports = false;
  for (uint32_t F = 0; F < P.Functions.size(); ++F) {
    const Function &Fn = P.Functions[F];
    if (Fn.Record != None || !Fn.InMainFile || F == P.Main ||
        P.Callees[Fn.Callee].Link == Linkage::Internal)
      continue;
    (Fn.Private ? Hides : Exports) = true;
  }
  return Hides && Exports;
}

StringRef Program::nameOfValue(FieldRef F, int64_t Value) const {
  auto It = ValueNames.find(F);
  if (It == ValueNames.end())
    return "";
  const auto *V = lower_bound(
      ArrayRef<NamedValue>(It->second), Value,
      [](const NamedValue &N, int64_t Wanted) { return N.Value < Wanted; });
  return V != It->second.data() + It->second.size() && V->Value == Value
             ? str(V->Name)
             : "";
}

bool isOfLibrary(const Program &P, uint32_t Record) {
  const facts::Record &R = P.Records[Record];
  if (R.Decl.File == None)
    return R.System;
  StringRef File = P.str(P.Files[R.Decl.File].Path);
  return R.System || File.starts_with("/usr/") || File.starts_with("/opt/");
}

Program link(ArrayRef<const Unit *> Units) {
  Program P;
  Linker L(P);
  for (const Unit *U : Units)
    L.add(*U);
  L.finish();
  P.BodyOf.resize(P.Callees.size(), None);
  for (uint32_t F = 0; F < P.Functions.size(); ++F)
    if (P.nameOf(F) == "main" && !P.Callees[P.Functions[F].Callee].Method)
      P.Main = F;
  P.HasExports = hasExports(P);
  collectTargets(P);
  findGivenAllocators(P);
  collectOverriders(P);
  findFreeHooks(P);
  collectSites(P);
  findThreads(P);
  findEndHooks(P);
  findStepCallers(P);
  dropMenus(P);
  findWaits(P);
  findThrowers(P);
  findCounts(P);
  findDead(P);
  findTeardowns(P);
  return P;
}

} // namespace retsan::solve
