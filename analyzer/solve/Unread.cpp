//===- Unread.cpp - owners that nobody reads ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All places that name the field are looked at: a load must be for nothing but
// tests, writes and releases (LoadedUses.cpp), and what is stored must not have
// gone anywhere else either: whoever has the other copy reads it
// (StoredValues.cpp).
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Unread.h"
#include "analyzer/solve/LoadedUses.h"
#include "analyzer/solve/StoredValues.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

class Unread {
public:
  Unread(const Context &C, const std::vector<UserFree> &Frees,
         const Renderer &R, std::vector<Finding> &Out)
      : C(C), P(C.P), R(R), Out(Out), Uses(P, Frees), Values(C) {}

  void ask(const Subject &S) {
    uint32_t Slot = C.slotOf(S.T);
    if (Slot == None || S.InUnion || !S.Own.owned() ||
        S.Kind == OwnerKind::ValueContainer || S.Kind == OwnerKind::Weak)
      return;
    if (hasEffectAtEnd(S) || isInTable(P, C, S.T))
      return;
    Uses.begin();
    InCtor = false;
    Sole = true;
    Where Stored;
    for (uint32_t Fn : C.touchersOf(Slot)) {
      const Function &F = P.Functions[Fn];
      if (F.Implicit)
        continue; // Copies what there is.
      if (F.System)
        return;
      for (const Block &B : F.Blocks)
        for (size_t N = 0; N < B.Instrs.size(); ++N) {
          const Instr &I = B.Instrs[N];
          for (uint32_t Pl : {I.P, I.P2}) {
            if (Pl == None || !isPlaceOf(S.T, F.Places[Pl]))
              continue;
            if (goesDeeper(S, F.Places[Pl]))
              return;
            switch (I.Opcode) {
            case Op::Load:
              // What is made and read while the object is made has done its
              // work, unless a pointer to it goes elsewhere.
              if (F.Ctor && F.Record == S.T.Record && S.T.Global == None) {
                if (Uses.getsOut(Fn, I.Dst))
                  return;
                InCtor |= Uses.isRead(S, Fn, B, I);
                break;
              }
              if (Uses.isRead(S, Fn, B, I))
                return;
              break;
            case Op::Store:
              if (I.A.Kind == Operand::Null)
                break;
              if (Values.isShared(Fn, I, S) || lendsElement(S, F, I))
                return;
              if (!Stored)
                Stored = {Fn, I.Loc};
              Sole &= Values.isSole(S, Fn, I);
              break;
            case Op::Zero:
              break;
            default:
              return; // Its address is taken, its record copied.
            }
          }
        }
    }
    // Records that are copied whole carry it to where nobody looks for it.
    if (Stored && !copied(S))
      report(S, Stored);
  }

private:
  /// Whether the end of the target does something that is seen elsewhere.
  bool hasEffectAtEnd(const Subject &S) const {
    const Type *T = &P.Types[P.Types[S.T.Type].Elem];
    if (S.Kind == OwnerKind::Container)
      T = &P.Types[T->Elem];
    if (S.Kind == OwnerKind::Function)
      return false;
    if (T->Kind != TypeKind::Record || T->Record == None)
      return S.Kind == OwnerKind::Optional;
    const facts::Record &Rec = P.Records[T->Record];
    // Handles of libraries stand for more than memory; values do not.
    StringRef Name = P.str(Rec.Name);
    bool Value = Name.starts_with("std::") &&
                 (Name.contains("basic_string") || Name.contains("vector") ||
                  Name.contains("map") || Name.contains("set"));
    if (Rec.System && !Value)
      return true;
    return Rec.UserDtor || Rec.Polymorphic || !Rec.Fields.size();
  }

  /// Whether the place is something inside the field's target.
  static bool goesDeeper(const Subject &S, const Place &Pl) {
    return !Pl.Path.empty() && Pl.Path.back().Kind != PathElem::Field &&
           (S.T.Path.empty() || S.T.Path.back().Kind == PathElem::Field);
  }

  /// Whether a reference to an element of the container \p S is taken where it
  /// is put in: `auto &Slot = Map[Key]`.
  static bool lendsElement(const Subject &S, const Function &F,
                           const Instr &Put) {
    return S.Kind == OwnerKind::Container && Put.A.Kind == Operand::Reg &&
           any_of(F.Blocks, [&](const Block &B) {
             return any_of(B.Instrs, [&](const Instr &I) {
               return I.Opcode == Op::Addr &&
                      F.Places[I.P].Base == Place::Deref &&
                      F.Places[I.P].Ptr.Kind == Operand::Reg &&
                      F.Places[I.P].Ptr.Value == Put.A.Value;
             });
           });
  }

  bool copied(const Subject &S) const {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (F.Implicit || S.T.Record == None)
        continue;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::CopyRec &&
              P.Types[F.Places[I.P].Type].Record == S.T.Record)
            return true;
    }
    return false;
  }

  void report(const Subject &S, const Where &At) {
    Finding F;
    F.Check = "retsan-unread-owner";
    F.SubjectId = S.Id;
    F.Subject = S.Name;
    F.Record = S.Record;
    F.Field = S.FieldPath;
    F.Object = S.Object;
    F.Suspect = {S.Id, S.Name, S.RecordKey, S.IdPath};
    F.Decl = {"", R.file(S.Decl.File), S.Decl.Line};
    F.File = F.Decl.File;
    F.Line = F.Decl.Line;
    PlaceRef Set = R.place(At);
    F.Function = Set.Function;
    F.State.push_back({S.FieldPath, "non-null"});
    bool Ours = isOurs(S);
    F.Level = Confidence::Medium;
    // What a header shares may be held to keep alive what others point to.
    bool Alone =
        Sole && (S.T.Record == None || P.Records[S.T.Record].InMainFile);
    if (Ours && !Uses.filled() &&
        (S.Kind == OwnerKind::Unique || S.Kind == OwnerKind::Function || Alone))
      F.Level = Confidence::High;
    if (InCtor) {
      F.Level = Confidence::Medium;
      F.Reasons.push_back("the constructor reads it while the object is made");
    }
    if (Uses.filled())
      F.Reasons.push_back("it is filled and not read");
    if (!Ours)
      F.Reasons.push_back("others may read the field: a header shows it");
    if (Uses.filled() && S.T.Record != None &&
        !P.Records[S.T.Record].InMainFile) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("a header shows the record: who fills it for others "
                          "need not read it");
    }
    if (!Ours && shownToClients(S))
      F.Level = Confidence::Low;
    if (isLeftOut(P, S.T)) {
      F.Level = Confidence::Low;
      F.Reasons.push_back("code that this build leaves out names it");
    }
    if (S.Kind == OwnerKind::Shared && !Alone)
      F.Reasons.push_back("it may be there to keep its target alive");
    F.Message = "'" + S.Name +
                "' owns memory that no function uses: it is set" +
                (Set.Function.empty() ? "" : " in " + Set.Function) +
                " and only released";
    F.Why = "No function reads it other than to test or release it.";
    F.Fix = "drop the field, or release its target as soon as it is made";
    WitnessStep W;
    W.Call = Set.Function;
    W.File = Set.File;
    W.Line = Set.Line;
    W.Note = S.FieldPath + " set here";
    F.Witness.push_back(std::move(W));
    F.Stores.push_back(Set);
    if (!S.Retained.empty())
      F.Suppressed = "RETSAN_RETAINED: " + S.Retained;
    Out.push_back(std::move(F));
  }

  /// Whether the record is declared where a library keeps its public headers.
  bool shownToClients(const Subject &S) const {
    return S.Decl.File < P.Files.size() &&
           P.str(P.Files[S.Decl.File].Path).contains("/include/");
  }

  /// Whether all code that can name the field is seen.
  bool isOurs(const Subject &S) const {
    if (P.Main != None)
      return true;
    if (S.T.Global != None)
      return P.Globals[S.T.Global].Link == Linkage::Internal;
    const facts::Record &Rec = P.Records[S.T.Record];
    return Rec.InMainFile || any_of(S.T.Path, [&](const PathElem &E) {
             return E.Kind == PathElem::Field &&
                    P.Records[E.Record].Fields[E.Index].Private;
           });
  }

  const Context &C;
  const Program &P;
  const Renderer &R;
  std::vector<Finding> &Out;
  LoadedUses Uses;
  StoredValues Values;
  bool InCtor = false; ///< Read by the object's constructor only.
  bool Sole = true;    ///< All that is stored is only handed on.
};

} // namespace

void findUnread(const Context &C, const std::vector<UserFree> &Frees,
                ArrayRef<Subject> Subjects, const Renderer &R,
                std::vector<Finding> &Out) {
  Unread U(C, Frees, R, Out);
  for (const Subject &S : Subjects)
    U.ask(S);
}

} // namespace retsan::solve
