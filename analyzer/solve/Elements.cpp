//===- Elements.cpp - slots and nodes that outlive their removal ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values are compared by access path within one function: a local that is set
// once stands for what it was set to, any other one for itself.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Elements.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLExtras.h"

#include <map>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

bool owning(const Type &T) {
  switch (T.Owner) {
  case OwnerKind::Unique:
  case OwnerKind::Shared:
  case OwnerKind::Function:
  case OwnerKind::Optional:
    return true;
  default:
    return false;
  }
}

/// What one function does with the elements of one array field.
struct SlotUse {
  bool Loads = false, LoopReads = false, StoresNew = false, Replaces = false,
       DropsOld = false;
  bool Clears = false, Hands = false, TestsOld = false;
  std::string Base;                    ///< Access path of the array field.
  std::map<FieldRef, SrcLoc> Up, Down; ///< Integer fields of the same object.
  std::set<FieldRef> Touched;
};

class Elements {
public:
  Elements(const Program &P, const Renderer &R, std::vector<Finding> &Out)
      : P(P), R(R), Out(Out) {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
      Shapes.push_back(std::make_unique<Shape>(P, Fn));
    summarise();
  }

  void run() {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (F.System || F.Implicit || F.Ctor || F.Dtor)
        continue;
      slots(Fn);
      nodes(Fn);
    }
    detached();
    parted();
    obsolete();
    for (auto &[Key, F] : Nodes)
      Out.push_back(std::move(F));
  }

private:
  using ParamSet = std::set<std::pair<uint32_t, uint32_t>>;

  /// Which parameters a function may free or drop, count up, or replace
  /// through.
  void summarise() {
    for (bool Changed = true; Changed;) {
      Changed = false;
      for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
        const Shape &S = *Shapes[Fn];
        for (const Block &B : S.F.Blocks) {
          for (const Instr &I : B.Instrs) {
            auto Mark = [&](ParamSet &Set, StringRef V, StringRef Suffix = "") {
              unsigned N;
              if (V.consume_front("L") &&
                  (Suffix.empty() || V.consume_back(Suffix)) &&
                  !V.getAsInteger(10, N) && N < S.F.NumParams)
                Changed |= Set.insert({Fn, N}).second;
            };
            if (I.Opcode == Op::Free || I.Opcode == Op::Release ||
                I.Opcode == Op::Call)
              forDropped(I, [&](const Operand &O) {
                Mark(Drops, S.value(O));
                Mark(DropsPointee, S.value(O), "->");
              });
            if (I.Opcode != Op::Store)
              continue;
            std::string Pl = S.target(I);
            if (const Instr *D = S.def(I.A);
                D && D->Opcode == Op::Bin && D->Bop == BinOp::Add &&
                S.value(D->A) == Pl && D->B.Kind == Operand::Int)
              if (auto FR = lastField(Pl); FR && FR->first < P.Records.size()) {
                StringRef V = StringRef(Pl).rsplit("->").first;
                Mark(CountsUp, V);
              }
            Mark(Sets, Pl, "->");
          }
        }
      }
    }
  }

  template <typename Fn> void forDropped(const Instr &I, Fn Do) const {
    if (I.Opcode == Op::Free || I.Opcode == Op::Release)
      return Do(I.A);
    if (I.Opcode != Op::Call || I.Callee == None)
      return;
    uint32_t Body = P.BodyOf[I.Callee];
    if (Body == None) {
      LibEffect L =
          libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size());
      if ((L.Kind == LibKind::Free || L.Kind == LibKind::Release) &&
          L.Arg < I.Args.size())
        Do(I.Args[L.Arg]);
      return;
    }
    for (uint32_t A = 0; A < I.Args.size(); ++A)
      if (Drops.count({Body, A}))
        Do(I.Args[A]);
  }

  /// The array field of an element's place and the path of that field.
  std::optional<FieldRef> slotOf(StringRef Path, std::string &Base) const {
    if (Path.starts_with("&") || !Path.consume_back("[]"))
      return std::nullopt;
    if (Path.ends_with("->"))
      Path = Path.drop_back(2);
    Base = Path.str();
    return lastField(Path);
  }

  void slots(uint32_t Fn) {
    const Shape &S = *Shapes[Fn];
    FlowGraph G(S.F);
    auto &Mine = Uses[Fn];
    auto Get = [&](StringRef Path) -> SlotUse * {
      std::string Base;
      auto FR = slotOf(Path, Base);
      if (!FR)
        // &a[i] is written (a[i]) when a is a pointer.
        return nullptr;
      SlotUse &U = Mine[*FR];
      U.Base = Base;
      return &U;
    };
    std::map<FieldRef, SrcLoc> Up, Down;
    std::map<FieldRef, std::string> CountPath;
    std::set<FieldRef> Touched;
    std::set<std::string> Stored;
    std::set<const Instr *> Dropped;
    for (uint32_t BI : G.Order) {
      const Block &B = S.F.Blocks[BI];
      for (size_t K = 0; K < B.Instrs.size(); ++K) {
        const Instr &I = B.Instrs[K];
        if (I.P != None)
          if (auto FR = lastField(S.place(S.F.Places[I.P])))
            Touched.insert(*FR);
        if (I.Opcode == Op::Load || I.Opcode == Op::Addr) {
          std::string Path = S.place(S.F.Places[I.P]);
          if (SlotUse *U = Get(Path)) {
            TypeOf.insert({U->Base.empty() ? FieldRef() : *lastField(U->Base),
                           S.F.Places[I.P].Type});
            U->Loads = true;
          }
        }
        if (I.Opcode == Op::Load || I.Opcode == Op::Store) {
          // Reads of what an element points to are reads of the element.
          std::string Path = S.place(S.F.Places[I.P]);
          size_t At = Path.rfind("[]->");
          if (At != std::string::npos)
            if (SlotUse *U = Get(StringRef(Path).take_front(At + 2))) {
              U->LoopReads |= G.LoopDepth[BI] > 0;
              U->TestsOld |= !Stored.count(U->Base);
            }
        }
        if (I.Opcode == Op::Cmp)
          for (const Operand *O : {&I.A, &I.B})
            if (SlotUse *U = Get(S.value(*O)))
              U->TestsOld |= !Stored.count(U->Base);
        if (I.Opcode == Op::Store) {
          std::string Path = S.target(I);
          std::string V = S.value(I.A);
          if (const Instr *D = S.def(I.A);
              D && D->Opcode == Op::Bin && S.value(D->A) == Path &&
              D->B.Kind == Operand::Int && D->B.Value == 1)
            if (auto FR = lastField(Path)) {
              if (D->Bop == BinOp::Add)
                Up[*FR] = I.Loc;
              if (D->Bop == BinOp::Sub)
                Down[*FR] = I.Loc;
              CountPath[*FR] = Path;
            }
          if (auto FR = lastField(Path);
              FR && FR->first < P.Records.size() && !Up.count(*FR)) {
            if (isNextOf(S, I.A, Path)) {
              Up[*FR] = I.Loc;
              CountPath[*FR] = Path;
            } else if (!Down.count(*FR)) {
              Lowered[Fn].insert({*FR, I.Loc});
            }
          }
          // used[i] = 0: the slot is given back.
          if (StringRef Flag = Path; Flag.consume_back("[]"))
            if (auto FR = lastField(Flag); FR && FR->first < P.Records.size() &&
                                           I.A.Kind == Operand::Int &&
                                           isFlags(*FR)) {
              CountPath[*FR] = Flag.str();
              (I.A.Value ? Up : Down)[*FR] = I.Loc;
            }
          if (SlotUse *U = Get(Path)) {
            TypeOf.insert({*lastField(U->Base), S.F.Places[I.P].Type});
            if (I.A.Kind == Operand::Null)
              U->Clears = true;
            else if (Get(V))
              U->Replaces = true;
            else {
              U->StoresNew = true;
              Stored.insert(U->Base);
            }
          } else if (SlotUse *E = Get(V)) {
            const Instr *D = S.def(I.A);
            bool Local = S.F.Places[I.P].Base == Place::Local;
            if (!(D && D->CopiesOwner) && !Local)
              E->Hands = true;
          }
        }
        forDropped(I, [&](const Operand &O) {
          SlotUse *U = Get(S.value(O));
          const Instr *D = S.def(O);
          if (!U || S.copied(O))
            return;
          // Dropped because something else goes into that slot?
          bool Over = false;
          std::string Where =
              D && D->Opcode == Op::Load ? S.place(S.F.Places[D->P]) : "";
          for (const Instr &J : B.Instrs)
            Over |= J.Opcode == Op::Store && J.A.Kind != Operand::Null &&
                    S.target(J) == Where;
          (Over ? U->DropsOld : U->Clears) = true;
        });
        if (I.Opcode != Op::Call)
          continue;
        uint32_t Body = I.Callee == None ? None : P.BodyOf[I.Callee];
        bool Null = any_of(
            I.Args, [](const Operand &O) { return O.Kind == Operand::Null; });
        bool Element = any_of(I.Args, [&](const Operand &O) {
          return Get(S.value(O)) != nullptr;
        });
        for (uint32_t A = 0; A < I.Args.size(); ++A) {
          std::string V = S.value(I.Args[A]);
          if (V[0] == '&') {
            SlotUse *U = Get(StringRef(V).drop_front());
            if (!U)
              continue;
            bool Puts = Body != None && Sets.count({Body, A});
            if (Null || !Puts)
              U->Clears = true;
            else if (Element)
              U->Replaces = true;
            else
              U->StoresNew = true;
            if (Puts && DropsPointee.count({Body, A}))
              U->DropsOld = true;
          } else if (SlotUse *U = Get(V)) {
            // What unknown code does with a raw element may be to take it.
            if (Body == None &&
                !(I.Callee != None &&
                  (P.Callees[I.Callee].SystemDecl ||
                   libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size())
                           .Kind == LibKind::Reads)) &&
                I.Callee != None)
              U->Hands = true;
          }
        }
      }
      if (B.Term.Kind == Terminator::Return)
        if (SlotUse *U = Get(S.value(B.Term.Cond)))
          if (!S.copied(B.Term.Cond))
            U->Hands = true;
    }
    for (auto &[C, Loc] : Down)
      Lowered[Fn].insert({C, Loc});
    for (auto &[FR, U] : Mine) {
      U.Touched = Touched;
      StringRef Obj = StringRef(U.Base).rsplit('.').first;
      for (auto &[C, Loc] : Up)
        if (StringRef(CountPath[C]).rsplit('.').first == Obj)
          U.Up[C] = Loc;
      for (auto &[C, Loc] : Down)
        if (StringRef(CountPath[C]).rsplit('.').first == Obj)
          U.Down[C] = Loc;
    }
    // Rings: the index is a counter modulo the size.
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Bin && (I.Bop == BinOp::Rem || I.Bop == BinOp::And))
          Wraps.insert(Fn);
  }

  /// `(c + 1) % n`, also by way of a local.
  static bool isNextOf(const Shape &S, const Operand &O, StringRef Count) {
    const Instr *D = S.origin(O);
    if (!D || D->Opcode != Op::Bin ||
        (D->Bop != BinOp::Rem && D->Bop != BinOp::And))
      return false;
    D = S.origin(D->A);
    return D && D->Opcode == Op::Bin && D->Bop == BinOp::Add &&
           S.value(D->A) == Count;
  }

  /// An array of scalars in the record.
  bool isFlags(FieldRef F) const {
    const Type &T = P.Types[P.Records[F.first].Fields[F.second].Type];
    TypeKind K = P.Types[T.Elem].Kind;
    return T.Kind == TypeKind::Array &&
           (K == TypeKind::Bool || K == TypeKind::Int || K == TypeKind::Enum);
  }

  /// Whether the function, or what it calls, names the field.
  bool names(uint32_t Fn, FieldRef F, unsigned Depth = 0) const {
    for (const Place &Pl : P.Functions[Fn].Places)
      for (const PathElem &E : Pl.Path)
        if (E.Kind == PathElem::Field && E.Record == F.first &&
            E.Index == F.second)
          return true;
    if (Depth > 2)
      return Depth > 3;
    for (const Block &B : P.Functions[Fn].Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.BodyOf[I.Callee] != None &&
            names(P.BodyOf[I.Callee], F, Depth + 1))
          return true;
    return false;
  }

  /// Functions that lower a count and leave the slots alone altogether.
  void forgotten(FieldRef FR, bool Owner, bool Wide,
                 const std::map<FieldRef, uint32_t> &Grows,
                 const std::set<FieldRef> &Redone) {
    for (auto &[Fn, Counts] : Lowered) {
      const Function &F = P.Functions[Fn];
      for (auto &[C, Loc] : Counts) {
        auto Put = Grows.find(C);
        if (Put == Grows.end() || Redone.count(C) || Put->second == Fn ||
            F.Ctor || F.Dtor || F.Implicit || names(Fn, FR))
          continue;
        // In C, a count that is set may be that of an object just made.
        const Instr *Set = storeAt(F, C, Loc);
        bool Steps = Set && Set->A.Kind == Operand::Reg;
        if ((!Owner || F.Record == None) && !Steps)
          continue;
        emit(FR, Fn, C, Loc, Put->second, Owner, Wide);
      }
    }
  }

  static const Instr *storeAt(const Function &F, FieldRef C, SrcLoc Loc) {
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Store && I.Loc.Line == Loc.Line &&
            !F.Places[I.P].Path.empty())
          for (const PathElem &E : F.Places[I.P].Path)
            if (E.Kind == PathElem::Field && E.Record == C.first &&
                E.Index == C.second)
              return &I;
    return nullptr;
  }

  /// Jobs run in order: the cursor moves on, the slots behind it keep theirs.
  bool consumes(uint32_t Fn, FieldRef FR, FieldRef Cursor, FieldRef End) const {
    const Shape &S = *Shapes[Fn];
    bool Reads = false;
    for (const Place &Pl : S.F.Places) {
      bool Slot = false;
      for (const PathElem &E : Pl.Path) {
        if (E.Kind == PathElem::Field)
          Slot = E.Record == FR.first && E.Index == FR.second;
        else if (Slot && E.Reg != None) {
          auto K = lastField(S.value({Operand::Reg, int64_t(E.Reg)}));
          Reads |= K && *K == Cursor;
        }
      }
    }
    if (!Reads)
      return false;
    // A cursor that is set back alone goes over the same elements again.
    for (auto &[Other, Counts] : Lowered) {
      const Function &F = P.Functions[Other];
      if (Counts.count(Cursor) && !Counts.count(End) && !F.Ctor && !F.Dtor &&
          !F.Implicit)
        return false;
    }
    return true;
  }

  void obsolete() {
    std::set<FieldRef> Fields;
    for (auto &[Fn, M] : Uses)
      for (auto &[FR, U] : M)
        Fields.insert(FR);
    for (FieldRef FR : Fields) {
      auto It = TypeOf.find(FR);
      if (It == TypeOf.end() || FR.first >= P.Records.size() ||
          P.Records[FR.first].System)
        continue;
      const Type &T = P.Types[It->second];
      bool Owner = owning(T);
      if (!Owner && (T.Kind != TypeKind::Pointer || T.Owner != OwnerKind::None))
        continue;
      // The function that puts in, by the counter that it raises.
      std::map<FieldRef, uint32_t> Grows;
      bool Lazy = false, Odd = false;
      std::set<FieldRef> Redone;
      for (auto &[Fn, M] : Uses) {
        auto U = M.find(FR);
        if (U == M.end())
          continue;
        for (auto &[C, Loc] : U->second.Up)
          if (U->second.StoresNew) {
            Grows.insert({C, Fn});
            Lazy |= U->second.DropsOld;
            Odd |= U->second.TestsOld;
          } else if (!U->second.Clears && !Wraps.count(Fn)) {
            Redone.insert(C);
          }
      }
      if (Grows.empty() || (!Owner && !Lazy))
        continue;
      for (auto &[Fn, M] : Uses) {
        auto UI = M.find(FR);
        if (UI == M.end())
          continue;
        const SlotUse &U = UI->second;
        if (U.Clears || U.StoresNew || (!Owner && U.Hands) ||
            (Owner && U.Hands))
          continue;
        FieldRef Count{None, None};
        SrcLoc Loc;
        for (auto &[C, L] : U.Down)
          if (Grows.count(C) && !Redone.count(C))
            Count = C, Loc = L;
        if (Count.first == None && Wraps.count(Fn))
          for (auto &[C, L] : U.Up)
            for (auto &[Other, GFn] : Grows)
              if (Other != C && !Grows.count(C) && names(Fn, Other))
                Count = C, Loc = L;
        if (Count.first == None && Owner && !Wraps.count(Fn))
          for (auto &[C, L] : U.Up)
            for (auto &[Other, GFn] : Grows)
              if (Other != C && !Grows.count(C) && U.Touched.count(Other) &&
                  consumes(Fn, FR, C, Other))
                Count = C, Loc = L;
        if (Count.first == None)
          continue;
        emit(FR, Fn, Count, Loc, Grows.begin()->second, Owner,
             Odd || readWide(FR, Count));
      }
      if (!Odd)
        forgotten(FR, Owner, false, Grows, Redone);
    }
  }

  /// Whether some loop reads elements without a look at the count.
  bool readWide(FieldRef FR, FieldRef Count) const {
    for (auto &[Other, OM] : Uses) {
      auto OU = OM.find(FR);
      if (OU != OM.end() && OU->second.LoopReads &&
          !OU->second.Touched.count(Count))
        return true;
    }
    return false;
  }

  void emit(FieldRef FR, uint32_t Fn, FieldRef Count, SrcLoc Loc, uint32_t Put,
            bool Owner, bool Wide) {
    Wide |= readWide(FR, Count);
    Finding F = begin("retsan-obsolete-slot", FR, Fn, Loc);
    std::string CN =
        P.str(P.Records[Count.first].Fields[Count.second].Name).str();
    F.Level = Wide ? Confidence::Low : Confidence::High;
    F.Message = F.Subject + " still owns the element that " + F.Function +
                "() takes out: " + CN + " moves and the slot is left as it was";
    F.Why = "slots outside " + CN +
            " are not read; the element is dropped only when " +
            R.function(Put) + "() stores into that slot again, or at the end";
    F.Fix = "move the element out of the slot, or clear the slot, where " + CN +
            " moves";
    F.Reasons.push_back(
        Owner ? "the element type owns"
              : "the function that adds drops what the slot held");
    if (Wide)
      F.Reasons.push_back("slots are also read without the counter");
    F.Witness.push_back(
        step(Put, P.Functions[Put].Loc, "an element is stored in " + F.Field));
    F.Witness.push_back(
        step(Fn, Loc, CN + " moves; the slot keeps its element"));
    Out.push_back(std::move(F));
  }

  void nodes(uint32_t Fn) {
    const Shape &S = *Shapes[Fn];
    std::set<std::string> Cleared, Dead, Returned;
    std::set<std::pair<std::string, std::string>> Equal, Walks;
    for (const Block &B : S.F.Blocks) {
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Store)
          Cleared.insert(S.target(I));
        // `prev = node`: the walker comes behind the node.
        if (I.Opcode == Op::Store && S.F.Places[I.P].Base == Place::Local)
          Walks.insert({S.target(I), S.value(I.A)});
        if (I.Opcode == Op::Free)
          Dead.insert(S.value(I.A));
        if (I.Opcode == Op::Cmp && I.Cop == CmpOp::EQ) {
          Equal.insert({S.value(I.A), S.value(I.B)});
          Equal.insert({S.value(I.B), S.value(I.A)});
        }
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.BodyOf[I.Callee] == None)
          forDropped(I, [&](const Operand &O) { Dead.insert(S.value(O)); });
      }
      if (B.Term.Kind == Terminator::Return)
        Returned.insert(S.value(B.Term.Cond));
    }
    std::map<FieldRef, std::pair<bool, SrcLoc>> Hits;
    std::map<FieldRef, bool> Counted;
    for (const Block &B : S.F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode != Op::Store || S.F.Places[I.P].Base == Place::Local)
          continue;
        const Instr *D = S.def(I.A);
        bool Ref = false;
        if (D && D->Opcode == Op::Call && D->Callee != None &&
            D->Args.size() == 1 && P.BodyOf[D->Callee] != None &&
            CountsUp.count({P.BodyOf[D->Callee], 0})) {
          Ref = true;
          D = S.def(D->Args[0]);
        }
        if (!D || D->Opcode != Op::Load || (!Ref && !D->CopiesOwner))
          continue;
        std::string Link = S.place(S.F.Places[D->P]);
        auto FR = lastField(Link);
        size_t At = Link.rfind("->.");
        if (!FR || At == std::string::npos || FR->first >= P.Records.size())
          continue;
        const Type &T = P.Types[P.Records[FR->first].Fields[FR->second].Type];
        const Type &To = P.Types[T.Elem];
        if (T.Kind != TypeKind::Pointer || To.Kind != TypeKind::Record ||
            To.Record != FR->first ||
            (T.Owner != OwnerKind::Shared &&
             !(T.Owner == OwnerKind::None && Ref)))
          continue;
        std::string Node = Link.substr(0, At);
        std::string Target = S.place(S.F.Places[I.P]);
        if (Cleared.count(Link) || Dead.count(Node) || Target == Link)
          continue;
        bool Lives = Returned.count(Node);
        // The caller has the node: it came by reference, or by value as an
        // owner.
        unsigned N;
        StringRef V(Node);
        if (V.consume_front("L") &&
            (V.consume_back("->"), !V.getAsInteger(10, N)) && N < S.F.NumParams)
          Lives = true;
        if (Ref && !Lives)
          Lives = pinned(FR->first);
        if (!Lives)
          continue;
        bool Around = Node == Target || Equal.count({Target, Node});
        StringRef TS(Target);
        if (TS.starts_with(Node + "->.") && TS.ends_with(Link.substr(At)) &&
            TS.size() > Link.size())
          Around = true; // The neighbour's link of the same field.
        if (TS.consume_back(Link.substr(At)) && Returned.count(Node) &&
            Walks.count({TS.str(), Node}))
          Around = true; // The link of the one before it.
        auto &H = Hits[*FR];
        H.first |= Around;
        H.second = I.Loc;
        Counted[*FR] |= Ref;
      }
    for (auto &[FR, H] : Hits) {
      if (!H.first)
        continue;
      Finding F = begin("retsan-unlinked-node", FR, Fn, H.second);
      bool Again = reinserted(FR, Fn);
      F.Level = Again ? Confidence::Medium : Confidence::High;
      F.Message = "the node that " + F.Function +
                  "() takes out of its list still owns, through " + F.Subject +
                  ", what came after it";
      F.Why = "the links are led around the node and its own " + F.Field +
              " is left; whoever holds the node holds its former neighbours";
      F.Fix = "move " + F.Field +
              " out of the node into the link that goes around it, or reset it";
      F.Reasons.push_back(Counted[FR] ? "the link holds a counted reference"
                                      : "the link is shared");
      if (Again)
        F.Reasons.push_back(
            "another function puts such nodes back and sets the link");
      F.Witness.push_back(
          step(Fn, H.second, F.Field + " is copied and stays set in the node"));
      Nodes.insert({{FR, Fn}, std::move(F)});
    }
  }

  /// A child that is taken out of its parent's container and goes on owning
  /// its parent.
  void detached() {
    auto Shared = [&](FieldRef F, bool Container) {
      const Type *T = &P.Types[P.Records[F.first].Fields[F.second].Type];
      if (Container) {
        if (T->Owner != OwnerKind::Container)
          return false;
        T = &P.Types[T->Elem];
      }
      return T->Owner == OwnerKind::Shared &&
             P.Types[T->Elem].Kind == TypeKind::Record &&
             P.Types[T->Elem].Record == F.first;
    };
    auto FieldOf = [&](const Function &F, uint32_t Pl) -> FieldRef {
      if (Pl == None || F.Places[Pl].Path.empty())
        return {None, None};
      const PathElem &E = F.Places[Pl].Path.back();
      if (E.Kind != PathElem::Field || E.Index < P.Records[E.Record].NumBases)
        return {None, None};
      return {E.Record, E.Index};
    };
    // Who puts in, and sets the way back.
    std::map<FieldRef, FieldRef> BackOf;
    std::map<FieldRef, std::set<uint32_t>> Writers;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (F.System || F.Implicit)
        continue;
      std::set<FieldRef> Backs, Lists;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          FieldRef FR =
              I.Opcode == Op::Store ? FieldOf(F, I.P) : FieldRef{None, None};
          if (FR.first == None)
            continue;
          if (Shared(FR, false)) {
            Writers[FR].insert(Fn);
            if (I.A.Kind != Operand::Null)
              Backs.insert(FR);
          } else if (Shared(FR, true) && I.A.Kind != Operand::Null) {
            Lists.insert(FR);
          }
        }
      for (FieldRef L : Lists)
        for (FieldRef Back : Backs)
          if (Back.first == L.first)
            BackOf[L] = Back;
    }
    if (BackOf.empty())
      return;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      const Shape &S = *Shapes[Fn];
      if (F.System || F.Implicit || F.Ctor || F.Dtor)
        continue;
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          if (I.Opcode != Op::Invalidate || !I.Maybe)
            continue;
          const Instr *D = S.origin(I.A);
          auto List = D && D->Opcode == Op::Load
                          ? lastField(S.place(F.Places[D->P]))
                          : std::nullopt;
          auto It = List ? BackOf.find(*List) : BackOf.end();
          if (It == BackOf.end())
            continue;
          // An element goes: what is put in is stored.
          bool Puts = any_of(B.Instrs, [&](const Instr &J) {
            return J.Opcode == Op::Store && J.Loc.Line == I.Loc.Line &&
                   J.A.Kind == Operand::Reg && J.Loc.Col == I.Loc.Col &&
                   lastField(S.place(F.Places[J.P])) == It->first &&
                   S.value(J.A) != S.value(I.A);
          });
          FieldRef Back = It->second;
          if (Puts || reaches(Fn, Writers[Back], 0))
            continue;
          Finding X = begin("retsan-unlinked-node", Back, Fn, I.Loc);
          X.Level = Confidence::High;
          X.Message = "the element that " + X.Function +
                      "() takes out of its parent still owns the parent, "
                      "through " +
                      X.Subject;
          X.Why = "whoever holds the element holds its former parent, and all "
                  "that is below";
          X.Fix = "reset " + X.Field + " of the element that is taken out";
          X.Reasons.push_back("the link is shared");
          X.Witness.push_back(step(
              Fn, I.Loc, "the element leaves; its " + X.Field + " stays set"));
          Nodes.insert({{Back, Fn}, std::move(X)});
        }
    }
  }

  /// The same in C: a child that is led out of the list of its siblings keeps
  /// the counted reference to its parent.
  void parted() {
    // Links that a function sets to what it counted up, beside another link.
    std::map<FieldRef, std::set<uint32_t>> Writers;
    std::set<FieldRef> Backs;
    auto IsLink = [&](std::optional<FieldRef> FR) {
      if (!FR || FR->first >= P.Records.size())
        return false;
      const Type &T = P.Types[P.Records[FR->first].Fields[FR->second].Type];
      return T.Kind == TypeKind::Pointer && T.Owner == OwnerKind::None &&
             P.Types[T.Elem].Kind == TypeKind::Record &&
             P.Types[T.Elem].Record == FR->first;
    };
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Shape &S = *Shapes[Fn];
      std::map<std::string, std::set<FieldRef>> Counted, Set;
      for (const Block &B : S.F.Blocks)
        for (const Instr &I : B.Instrs) {
          if (I.Opcode != Op::Store || S.F.Places[I.P].Base == Place::Local)
            continue;
          std::string Path = S.place(S.F.Places[I.P]);
          auto FR = lastField(Path);
          if (!IsLink(FR))
            continue;
          Writers[*FR].insert(Fn);
          const Instr *D = S.def(I.A);
          std::string Node = StringRef(Path).rsplit('.').first.str();
          bool Up = D && D->Opcode == Op::Call && D->Callee != None &&
                    P.BodyOf[D->Callee] != None &&
                    CountsUp.count({P.BodyOf[D->Callee], 0});
          (Up ? Counted : Set)[Node].insert(*FR);
        }
      for (auto &[Node, Fields] : Counted)
        if (Set.count(Node))
          Backs.insert(Fields.begin(), Fields.end());
    }
    for (uint32_t Fn = 0; !Backs.empty() && Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      const Shape &S = *Shapes[Fn];
      if (F.System || F.Implicit)
        continue;
      std::set<std::string> Returned, Dropped;
      for (const Block &B : F.Blocks) {
        if (B.Term.Kind == Terminator::Return)
          Returned.insert(S.value(B.Term.Cond));
        for (const Instr &I : B.Instrs)
          forDropped(I, [&](const Operand &O) { Dropped.insert(S.value(O)); });
      }
      for (const Block &B : F.Blocks)
        for (const Instr &I : B.Instrs) {
          // `*at = child->next`, and the child goes to the caller.
          const Instr *D = I.Opcode == Op::Store ? S.def(I.A) : nullptr;
          if (!D || D->Opcode != Op::Load || F.Places[I.P].Base == Place::Local)
            continue;
          std::string Link = S.place(F.Places[D->P]);
          auto Next = lastField(Link);
          StringRef Node = StringRef(Link).rsplit('.').first;
          if (!IsLink(Next) || !Node.consume_back("->") ||
              !Returned.count(Node.str()) || Dropped.count(Node.str()))
            continue;
          for (FieldRef Back : Backs) {
            std::string Parent = Node.str() + "->." +
                                 std::to_string(Back.first) + "_" +
                                 std::to_string(Back.second);
            if (Back.first != Next->first || Back == *Next ||
                Dropped.count(Parent) || reaches(Fn, Writers[Back], 0))
              continue;
            Finding X = begin("retsan-unlinked-node", Back, Fn, I.Loc);
            X.Level = Confidence::High;
            X.Message = "the node that " + X.Function +
                        "() takes out of its list keeps a counted reference, "
                        "through " +
                        X.Subject;
            X.Why = "whoever holds the node holds its former parent";
            X.Fix = "give back and clear " + X.Field +
                    " of the node that is taken out";
            X.Reasons.push_back("the link holds a counted reference");
            X.Witness.push_back(step(
                Fn, I.Loc, "the node leaves; its " + X.Field + " stays set"));
            Nodes.insert({{Back, Fn}, std::move(X)});
          }
        }
    }
  }

  /// Whether \p Fn is one of \p Set or calls one.
  bool reaches(uint32_t Fn, const std::set<uint32_t> &Set,
               unsigned Depth) const {
    if (Set.count(Fn))
      return true;
    if (Depth > 2)
      return false;
    for (const Block &B : P.Functions[Fn].Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.BodyOf[I.Callee] != None &&
            reaches(P.BodyOf[I.Callee], Set, Depth + 1))
          return true;
    return false;
  }

  /// Some function gives out counted references to such nodes.
  bool pinned(uint32_t Record) const {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Shape &S = *Shapes[Fn];
      const Type &T = P.Types[S.F.ReturnType];
      if (T.Kind != TypeKind::Pointer || P.Types[T.Elem].Record != Record)
        continue;
      for (const Block &B : S.F.Blocks)
        if (B.Term.Kind == Terminator::Return)
          if (const Instr *D = S.def(B.Term.Cond))
            if (D->Opcode == Op::Call && D->Callee != None &&
                P.BodyOf[D->Callee] != None &&
                CountsUp.count({P.BodyOf[D->Callee], 0}))
              return true;
    }
    return false;
  }

  /// Some other function sets the link of a node that it is given by value.
  bool reinserted(FieldRef FR, uint32_t Not) const {
    std::string Suffix =
        "->." + std::to_string(FR.first) + "_" + std::to_string(FR.second);
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Shape &S = *Shapes[Fn];
      if (Fn == Not || S.F.Implicit || S.F.Ctor || S.F.Dtor)
        continue;
      for (const Block &B : S.F.Blocks)
        for (const Instr &I : B.Instrs) {
          unsigned N;
          if (I.Opcode != Op::Store || I.A.Kind == Operand::Null)
            continue;
          std::string Path = S.target(I);
          StringRef V(Path);
          if (V.consume_back(Suffix) && V.consume_front("L") &&
              (V.consume_back("->"), !V.getAsInteger(10, N)) &&
              N < S.F.NumParams)
            return true;
        }
    }
    return false;
  }

  WitnessStep step(uint32_t Fn, SrcLoc Loc, std::string Note) const {
    WitnessStep W;
    PlaceRef At = R.place({Fn, Loc});
    W.Call = R.function(Fn);
    W.File = At.File;
    W.Line = At.Line;
    W.Note = std::move(Note);
    return W;
  }

  Finding begin(StringRef Check, FieldRef FR, uint32_t Fn, SrcLoc Loc) const {
    Tracked T;
    T.Path.clear();
    T.Record = namedRecord(P, FR.first, FR.second, T.Path);
    Finding F;
    F.Check = Check.str();
    F.Subject = nameOf(P, T);
    F.Record = P.str(P.Records[T.Record].Name).str();
    F.Field = pathOf(P, T);
    F.Suspect.Subject = F.Subject;
    F.SubjectId = F.Suspect.SubjectId =
        idOf(P, T, F.Suspect.RecordKey, F.Suspect.Path);
    const Field &Fd = P.Records[FR.first].Fields[FR.second];
    F.Decl = {"", R.file(Fd.Decl.File), Fd.Decl.Line};
    PlaceRef At = R.place({Fn, Loc});
    F.File = At.File;
    F.Line = At.Line;
    F.Function = R.function(Fn);
    if (Fd.Retained)
      F.Suppressed = "RETSAN_RETAINED: " + P.str(Fd.Retained).str();
    return F;
  }

  const Program &P;
  const Renderer &R;
  std::vector<Finding> &Out;
  std::vector<std::unique_ptr<Shape>> Shapes;
  ParamSet Drops, DropsPointee, CountsUp, Sets;
  std::map<uint32_t, std::map<FieldRef, SlotUse>> Uses;
  std::map<FieldRef, TypeId> TypeOf;
  std::set<uint32_t> Wraps;
  /// Fields that a function gives a lower value, or just another.
  std::map<uint32_t, std::map<FieldRef, SrcLoc>> Lowered;
  std::map<std::pair<FieldRef, uint32_t>, Finding> Nodes;
};

} // namespace

void findElements(const Program &P, const Renderer &R,
                  std::vector<Finding> &Out) {
  Elements(P, R, Out).run();
}

} // namespace retsan::solve
