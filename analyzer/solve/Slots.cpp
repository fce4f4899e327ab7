//===- Slots.cpp - array slots that go on owning --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function that puts in stores an element and raises a counter; one that
// takes out lowers it, or moves a cursor, and leaves the slot as it was.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/ElementCode.h"

#include "llvm/ADT/STLExtras.h"

#include <map>

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

class SlotChecker {
public:
  SlotChecker(const ElementCode &C, std::vector<Finding> &Out)
      : C(C), P(C.P), R(C.R), Out(Out) {}

  void run() {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Function &F = P.Functions[Fn];
      if (!F.System && !F.Implicit && !F.Ctor && !F.Dtor)
        slots(Fn);
    }
    obsolete();
  }

private:
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
    const Shape &S = *C.Shapes[Fn];
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
        C.forDropped(I, [&](const Operand &O) {
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
            bool Puts = Body != None && C.Sets.count({Body, A});
            if (Null || !Puts)
              U->Clears = true;
            else if (Element)
              U->Replaces = true;
            else
              U->StoresNew = true;
            if (Puts && C.DropsPointee.count({Body, A}))
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
    const Shape &S = *C.Shapes[Fn];
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
    Finding F = C.begin("retsan-obsolete-slot", FR, Fn, Loc);
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
    F.Witness.push_back(C.step(Put, P.Functions[Put].Loc,
                               "an element is stored in " + F.Field));
    F.Witness.push_back(
        C.step(Fn, Loc, CN + " moves; the slot keeps its element"));
    Out.push_back(std::move(F));
  }

  const ElementCode &C;
  const Program &P;
  const Renderer &R;
  std::vector<Finding> &Out;
  std::map<uint32_t, std::map<FieldRef, SlotUse>> Uses;
  std::map<FieldRef, TypeId> TypeOf;
  std::set<uint32_t> Wraps;
  /// Fields that a function gives a lower value, or just another.
  std::map<uint32_t, std::map<FieldRef, SrcLoc>> Lowered;
};

} // namespace

void findSlots(const ElementCode &C, std::vector<Finding> &Out) {
  SlotChecker(C, Out).run();
}

} // namespace retsan::solve
