//===- Cells.cpp - cells of a table that are given back by a flag ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Cells go by access path ("L0->.2_1[]" is a cell of a table, or of what the
// table points to). Every function is read once: what it does to owners and
// scalars of cells. The pairs that some function fills together are looked for
// in those that set the scalar back; all that read the owner must ask the
// scalar first.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Cells.h"
#include "analyzer/solve/Conditions.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// What one function does to one field of one cell.
struct CellUse {
  bool Drops = false;         ///< What was there is given back.
  bool Fills = false;         ///< A new value is stored.
  bool Names = false;         ///< It is accessed at all.
  std::optional<int64_t> Set; ///< The constant that is stored last.
  bool SetOther = false;      ///< Something is stored that is no constant.
  SrcLoc At;
};

class Cells {
public:
  Cells(const Context &C, const Renderer &R, std::vector<Finding> &Out)
      : C(C), P(C.P), R(R), Out(Out) {}

  void run() {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (!F.System && !F.Implicit)
        read(Fn);
    }
    // Who fills what, told by which scalar.
    std::map<std::pair<FieldRef, FieldRef>, std::set<uint32_t>> Fillers;
    for (auto &[Fn, Of] : Uses)
      for (auto &[Cell, Fields] : Of)
        for (auto &[Owner, U] : Fields)
          if (U.Fills && U.Drops)
            for (auto &[Flag, V] : Fields)
              if (Flag != Owner && Flag.first == Owner.first && isFlag(Flag) &&
                  (V.Set || V.SetOther))
                Fillers[{Owner, Flag}].insert(Fn);
    for (auto &[Pair, Fns] : Fillers)
      ask(Pair.first, Pair.second, Fns);
  }

private:
  bool isOwner(FieldRef F) const {
    const facts::Record &Rec = P.Records[F.first];
    const Type &T = P.Types[Rec.Fields[F.second].Type];
    return !Rec.System && !Rec.Union && T.Kind == TypeKind::Pointer &&
           T.Owner != OwnerKind::Weak && T.Owner != OwnerKind::ValueContainer;
  }

  bool isFlag(FieldRef F) const {
    TypeKind K = P.Types[P.Records[F.first].Fields[F.second].Type].Kind;
    return K == TypeKind::Bool || K == TypeKind::Int || K == TypeKind::Enum;
  }

  /// The cell and the field that a path names.
  std::optional<FieldRef> split(StringRef Path, StringRef &Cell) const {
    auto FR = lastField(Path);
    if (!FR || FR->first >= P.Records.size())
      return std::nullopt;
    Cell = Path.rsplit('.').first;
    if (!Cell.ends_with("[]") || Cell.starts_with("&"))
      return std::nullopt;
    return FR;
  }

  /// A function that gives back what it is handed, as far as its name tells.
  bool givesBack(const Instr &I) const {
    if (I.Callee == None || I.Args.size() != 1)
      return false;
    StringRef Name = P.str(P.Callees[I.Callee].Name);
    if (uint32_t Body = P.BodyOf[I.Callee]; Body != None) {
      if (P.DropsRef[Body] == 0 || P.FreesArg[Body])
        return true;
    } else {
      LibKind K = libraryEffect(Name, 1).Kind;
      if (K == LibKind::Free || K == LibKind::Release)
        return true;
    }
    std::string Low = Name.lower();
    return any_of(ArrayRef<StringRef>({"unref", "decref", "_put", "release",
                                       "free", "drop", "destroy"}),
                  [&](StringRef W) { return StringRef(Low).contains(W); });
  }

  void read(uint32_t Fn) {
    const Shape S(P, Fn);
    std::map<std::string, std::map<FieldRef, CellUse>> Mine;
    auto Get = [&](StringRef Path) -> CellUse * {
      StringRef Cell;
      auto FR = split(Path, Cell);
      return FR ? &Mine[Cell.str()][*FR] : nullptr;
    };
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.P != None)
          if (CellUse *U = Get(S.place(S.F.Places[I.P]))) {
            U->Names = true;
            if (I.Opcode == Op::Store) {
              if (I.A.Kind == Operand::Int)
                U->Set = I.A.Value;
              else
                U->SetOther = true;
              U->Fills |= I.A.Kind == Operand::Reg;
              U->At = I.Loc;
            }
          }
        auto Drop = [&](const Operand &O) {
          if (O.Kind == Operand::Reg)
            if (CellUse *U = Get(S.value(O)); U && !S.copied(O))
              U->Drops = true;
        };
        if (I.Opcode == Op::Free || I.Opcode == Op::Release)
          Drop(I.A);
        if (I.Opcode != Op::Call)
          continue;
        if (givesBack(I))
          Drop(I.Args[0]);
        // A cell that is handed on: there is no telling.
        for (const Operand &O : I.Args) {
          std::string V = S.value(O);
          StringRef Cell = V;
          if (Cell.consume_front("&") && Cell.ends_with("[]"))
            Handed.insert({Fn, Cell.str()});
        }
      }
    if (!Mine.empty())
      Uses[Fn] = std::move(Mine);
  }

  /// Whether all that read the owner of a cell ask the scalar first.
  bool guarded(FieldRef Owner, FieldRef Flag) const {
    Tracked T;
    T.Path.clear();
    T.Record = namedRecord(P, Owner.first, Owner.second, T.Path);
    uint32_t Slot = C.slotOf(T);
    if (Slot == None)
      return false;
    bool Any = false;
    for (uint32_t Fn : C.touchersOf(Slot)) {
      const Function &F = P.Functions[Fn];
      if (F.Implicit || F.Dtor || F.Ctor)
        continue;
      const Shape S(P, Fn);
      for (uint32_t B : C.graph(Fn).Order)
        for (const Instr &I : F.Blocks[B].Instrs) {
          if (I.Opcode != Op::Load && I.Opcode != Op::Addr)
            continue;
          auto FR = lastField(S.place(F.Places[I.P]));
          if (!FR || *FR != Owner || onlyDropped(S, I))
            continue;
          bool Asked = false;
          forEachDecision(C, Fn, B, [&](const Operand &Cond) {
            forEachTested(C, Fn, Cond, [&](const TestedPlace &X) {
              const auto &Path = X.Where->Path;
              Asked |= !Path.empty() && Path.back().Kind == PathElem::Field &&
                       Path.back().Record == Flag.first &&
                       Path.back().Index == Flag.second;
              return true;
            });
          });
          if (!Asked)
            return false;
          Any = true;
        }
    }
    return Any;
  }

  /// Whether what \p Load reads is given back and nothing else.
  bool onlyDropped(const Shape &S, const Instr &Load) const {
    if (Load.Opcode != Op::Load)
      return false;
    bool Dropped = false;
    auto Is = [&](const Operand &O) {
      return O.Kind == Operand::Reg && uint32_t(O.Value) == Load.Dst;
    };
    for (const Block &B : S.F.Blocks) {
      if (Is(B.Term.Cond) && B.Term.Kind == Terminator::Return)
        return false;
      for (const Instr &I : B.Instrs) {
        if ((I.Opcode == Op::Free || I.Opcode == Op::Release) && Is(I.A)) {
          Dropped = true;
          continue;
        }
        if (I.Opcode == Op::Call && any_of(I.Args, Is)) {
          if (!givesBack(I))
            return false;
          Dropped = true;
          continue;
        }
        for (uint32_t Pl : {I.P, I.P2})
          if (Pl != None && Is(S.F.Places[Pl].Ptr))
            return false;
        if ((I.Opcode == Op::Store || I.Opcode == Op::Move ||
             I.Opcode == Op::Use) &&
            Is(I.A))
          return false;
      }
    }
    return Dropped;
  }

  void ask(FieldRef Owner, FieldRef Flag, const std::set<uint32_t> &Fillers) {
    if (!isOwner(Owner))
      return;
    std::set<int64_t> Filled;
    for (uint32_t Fn : Fillers)
      for (auto &[Cell, Fields] : Uses[Fn])
        if (auto It = Fields.find(Flag); It != Fields.end() && It->second.Set)
          Filled.insert(*It->second.Set);
    std::optional<bool> Guarded;
    for (auto &[Fn, Of] : Uses) {
      const Function &F = P.Functions[Fn];
      if (Fillers.count(Fn) || F.Ctor || F.Dtor)
        continue;
      for (auto &[Cell, Fields] : Of) {
        auto V = Fields.find(Flag);
        if (V == Fields.end() || !V->second.Set || V->second.SetOther ||
            Filled.count(*V->second.Set) || Fields.count(Owner) ||
            Handed.count({Fn, Cell}))
          continue;
        if (!Guarded)
          Guarded = guarded(Owner, Flag);
        if (*Guarded)
          report(Owner, Flag, Fn, V->second.At, *Fillers.begin());
      }
    }
  }

  void report(FieldRef Owner, FieldRef Flag, uint32_t Fn, SrcLoc Loc,
              uint32_t Filler) {
    Tracked T;
    T.Path.clear();
    T.Record = namedRecord(P, Owner.first, Owner.second, T.Path);
    Finding F;
    F.Check = "retsan-obsolete-slot";
    F.Subject = nameOf(P, T);
    F.Record = P.str(P.Records[T.Record].Name).str();
    F.Field = pathOf(P, T);
    F.Suspect.Subject = F.Subject;
    F.SubjectId = F.Suspect.SubjectId =
        idOf(P, T, F.Suspect.RecordKey, F.Suspect.Path);
    const Field &Fd = P.Records[Owner.first].Fields[Owner.second];
    F.Decl = {"", R.file(Fd.Decl.File), Fd.Decl.Line};
    PlaceRef At = R.place({Fn, Loc});
    F.File = At.File;
    F.Line = At.Line;
    F.Function = R.function(Fn);
    std::string Name =
        P.str(P.Records[Flag.first].Fields[Flag.second].Name).str();
    F.Level = Confidence::High;
    F.Message = F.Subject + " still owns the element of a cell that " +
                F.Function + "() gives back: " + Name +
                " is set and the rest is left as it was";
    F.Why = "all that read " + F.Field + " ask " + Name +
            " first; the element is dropped only when " + R.function(Filler) +
            "() fills that cell again, or at the end";
    F.Fix = "clear " + F.Field + " where " + Name + " is set back";
    F.Reasons.push_back("the function that fills a cell drops what it held");
    for (auto [F1, L1, Note] :
         {std::make_tuple(Filler, P.Functions[Filler].Loc,
                          "an element is stored in " + F.Field),
          std::make_tuple(Fn, Loc,
                          Name + " is set; the cell keeps its "
                                 "element")}) {
      WitnessStep W;
      PlaceRef Place = R.place({F1, L1});
      W.Call = R.function(F1);
      W.File = Place.File;
      W.Line = Place.Line;
      W.Note = Note;
      F.Witness.push_back(std::move(W));
    }
    if (Fd.Retained)
      F.Suppressed = "RETSAN_RETAINED: " + P.str(Fd.Retained).str();
    Out.push_back(std::move(F));
  }

  const Context &C;
  const Program &P;
  const Renderer &R;
  std::vector<Finding> &Out;
  std::map<uint32_t, std::map<std::string, std::map<FieldRef, CellUse>>> Uses;
  std::set<std::pair<uint32_t, std::string>> Handed;
};

} // namespace

void findCells(const Context &C, const Renderer &R, std::vector<Finding> &Out) {
  Cells(C, R, Out).run();
}

} // namespace retsan::solve
