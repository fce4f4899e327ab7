//===- UnreadWeight.cpp - how sure an unread owner is ---------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A second look at what Unread.cpp found, by what the field is: a handle, a
// link, what the hooks beside it are called with, a part of a library's
// interface. A copy of a string that nobody reads is sure.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/StoredValues.h"
#include "analyzer/solve/Unread.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

#include <map>
#include <optional>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

class Weight {
public:
  explicit Weight(const Context &C) : C(C), P(C.P), Values(C) {}

  void weigh(const Subject &S, Finding &F) {
    uint32_t Slot = C.slotOf(S.T);
    if (F.Level == Confidence::Low || Slot == None)
      return;
    auto Lower = [&](const char *Why) {
      F.Level = Confidence::Low;
      F.Reasons.push_back(Why);
    };
    if (isPublic(S))
      return Lower("clients of the library may read it");
    if (isForeign(P, S.T))
      return Lower("the record is a library's, which reads its objects");
    if (S.Kind != OwnerKind::None)
      return;
    const Type &Held = P.Types[P.Types[S.T.Type].Elem];
    if (Held.Kind == TypeKind::Void && isBesideHook(S))
      return Lower("it is what the hooks beside it are called with");
    if (S.T.Record != None && Held.Kind == TypeKind::Record &&
        Held.Record == S.T.Record)
      return Lower("it links objects of one type");
    MadeBy Made = MadeBy::Nobody;
    bool Shared = false;
    for (uint32_t Fn : C.touchersOf(Slot)) {
      const Function &Fun = P.Functions[Fn];
      for (const Block &B : Fun.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Store && I.A.Kind != Operand::Null &&
              isPlaceOf(S.T, Fun.Places[I.P])) {
            Made = join(Made, Values.madeBy(Fn, I.A));
            Shared |= Values.isShared(Fn, I, S);
          }
    }
    if (Made == MadeBy::Other)
      return Lower("what it holds may be a handle, or somebody else's");
    if (Shared)
      return Lower("what it holds is held elsewhere, too");
    if (isFirst(S) && isReadBlindly(Held))
      return Lower("it is the first member, which may be read by the address "
                   "of the object");
    // Of a few files the readers may be elsewhere.
    constexpr size_t Whole = 50;
    if (Made == MadeBy::String && P.Functions.size() >= Whole) {
      F.Level = Confidence::High;
      F.Reasons.push_back("it is a copy of a string, made for it");
    }
  }

private:
  /// Whether the address of the object is the address of the field.
  static bool isFirst(const Subject &S) {
    return S.T.Record != None && all_of(S.T.Path, [](const PathElem &E) {
             return E.Kind == PathElem::Field && E.Index == 0;
           });
  }

  /// Whether somebody reads a pointer to the like of \p Held through a pointer
  /// that was a `void *`.
  bool isReadBlindly(const Type &Held) {
    if (!Blind) {
      Blind.emplace();
      for (const Function &F : P.Functions) {
        DenseMap<uint32_t, const Instr *> Defs;
        for (const Block &B : F.Blocks)
          for (const Instr &I : B.Instrs) {
            if (I.Dst != None)
              Defs[I.Dst] = &I;
            if (I.Opcode != Op::Load)
              continue;
            const Place &Pl = F.Places[I.P];
            const Type &T = P.Types[Pl.Type];
            if (Pl.Base != Place::Deref || !Pl.Path.empty() ||
                T.Kind != TypeKind::Pointer || Pl.Ptr.Kind != Operand::Reg)
              continue;
            const Instr *D = Defs.lookup(uint32_t(Pl.Ptr.Value));
            const Type *Of = D ? &P.Types[D->Type] : nullptr;
            if (Of && Of->Kind == TypeKind::Pointer &&
                P.Types[Of->Elem].Kind == TypeKind::Void)
              Blind->insert(
                  {unsigned(P.Types[T.Elem].Kind), P.Types[T.Elem].Record});
          }
      }
    }
    return Blind->count({unsigned(Held.Kind), Held.Record}) != 0;
  }

  /// Whether the field's innermost record holds functions.
  bool isBesideHook(const Subject &S) const {
    return !S.T.Path.empty() && S.T.Path.back().Kind == PathElem::Field &&
           any_of(P.Records[S.T.Path.back().Record].Fields,
                  [&](const Field &Fd) {
                    return P.Types[Fd.Type].Kind == TypeKind::Function;
                  });
  }

  /// Whether the record is a part of an interface that the program offers and
  /// does not use itself.
  bool isPublic(const Subject &S) {
    if (S.T.Record == None || P.Records[S.T.Record].InMainFile ||
        any_of(S.T.Path, [&](const PathElem &E) {
          return E.Kind == PathElem::Field &&
                 P.Records[E.Record].Fields[E.Index].Private;
        }))
      return false;
    uint32_t Header = S.Decl.File;
    if (Header >= P.Files.size())
      return false;
    if (!Offered) {
      Offered.emplace();
      for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
        const facts::Callee &Ce = P.Callees[P.Functions[Fn].Callee];
        if (Ce.Link != Linkage::External || !Ce.DeclaredInHeader)
          continue;
        auto &[Declared, Unused] = (*Offered)[Ce.Decl.File];
        ++Declared;
        if (P.SitesOf[Fn].empty() && !Ce.AddressTaken && !P.isPrivate(Fn)) {
          ++Unused;
          ++NumOffered;
        }
      }
    }
    StringRef Path = P.str(P.Files[Header].Path);
    StringRef Name = sys::path::filename(Path);
    auto It = Offered->find(Header);
    unsigned Unused = It == Offered->end() ? 0 : It->second.second;
    if (("/" + Path).str().find("/include/") != std::string::npos &&
        (Unused || loadsPlugins()))
      return true;
    // A few functions that nobody calls make no library.
    constexpr unsigned Few = 8;
    if (NumOffered < Few || Name.contains("private") ||
        Name.contains("internal"))
      return false;
    if (P.Main != None)
      return false; // What a program declares is its own.
    return It == Offered->end() || Unused;
  }

  /// Whether the program loads others' code, which its headers are for.
  bool loadsPlugins() const {
    return any_of(P.Callees, [&](const facts::Callee &Ce) {
      return StringSwitch<bool>(P.str(Ce.Name))
          .Cases("dlopen", "g_module_open", "lt_dlopen", "lt_dlopenext", true)
          .Default(false);
    });
  }

  const Context &C;
  const Program &P;
  StoredValues Values;
  /// Of each header: functions that it declares, those of them that nothing
  /// calls.
  std::optional<std::map<uint32_t, std::pair<unsigned, unsigned>>> Offered;
  unsigned NumOffered = 0;
  /// What is read through a `void *`: the kind of the pointer's target, and its
  /// record.
  std::optional<std::set<std::pair<unsigned, uint32_t>>> Blind;
};

} // namespace

void weighUnread(const Context &C, ArrayRef<Subject> Subjects,
                 MutableArrayRef<Finding> Found) {
  Weight W(C);
  for (Finding &F : Found)
    if (F.Check == "retsan-unread-owner")
      if (const Subject *S = find_if(
              Subjects, [&](const Subject &X) { return X.Id == F.SubjectId; });
          S != Subjects.end())
        W.weigh(*S, F);
}

} // namespace retsan::solve
