//===- FactsValidate.cpp - every index of a unit is in range --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Facts files travel between machines and caches. After this check a reader may
// index any table by what the unit says, follow Elem and Parent chains without
// looping, and find the operands that each opcode promises.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Facts.h"

using namespace llvm;
using namespace retsan::facts;

namespace {

/// Remembers the first thing that is wrong.
class Checker {
public:
  explicit Checker(const Unit &U) : U(U) {}

  std::string Problem;

  bool ok() const { return Problem.empty(); }

  void run() {
    if (U.Strings.empty() || !U.Strings.front().empty())
      return complain("string 0 is not empty");
    if (U.Types.empty() || U.Types.front().Kind != TypeKind::Void)
      return complain("type 0 is not void");
    for (const File &F : U.Files)
      str(F.Path);
    for (const Type &T : U.Types)
      checkType(T);
    for (const Record &R : U.Records)
      checkRecord(R);
    checkChains();
    for (const Callee &C : U.Callees)
      checkCallee(C);
    for (const Global &G : U.Globals)
      checkGlobal(G);
    for (const Function &F : U.Functions)
      if (ok())
        checkFunction(F);
    for (StrId Name : U.LeftOut)
      str(Name);
    for (const Enumeration &E : U.Enums)
      checkNames(E.Values);
    for (const Naming &N : U.Namings)
      checkNaming(N);
  }

private:
  void complain(const Twine &What) {
    if (ok())
      Problem = What.str();
  }
  void check(uint64_t Index, uint64_t Size, const char *What) {
    if (Index >= Size)
      complain(Twine(What) + " " + Twine(Index) + " out of range");
  }
  void checkOpt(uint32_t Index, uint64_t Size, const char *What) {
    if (Index != None)
      check(Index, Size, What);
  }
  template <class E> void checkEnum(E V, E Last, const char *What) {
    if (static_cast<unsigned>(V) > static_cast<unsigned>(Last))
      complain(Twine("unknown ") + What);
  }
  void str(StrId S) { check(S, U.Strings.size(), "string"); }
  void type(TypeId T) { check(T, U.Types.size(), "type"); }
  void loc(const SrcLoc &L) { checkOpt(L.File, U.Files.size(), "file"); }

  void checkType(const Type &T) {
    checkEnum(T.Kind, TypeKind::Other, "type kind");
    checkEnum(T.Owner, OwnerKind::ValueContainer, "owner kind");
    type(T.Elem);
    checkOpt(T.Record, U.Records.size(), "record");
    if (T.Kind == TypeKind::Record && T.Record == None)
      complain("record type without a record");
    if (T.Owner != OwnerKind::None && T.Kind != TypeKind::Pointer)
      complain("owner type that is not a pointer");
    str(T.Spelling);
  }

  void checkRecord(const Record &R) {
    str(R.Name);
    str(R.Usr);
    str(R.Key);
    loc(R.Decl);
    checkOpt(R.Parent, U.Records.size(), "record");
    if (R.NumBases > R.Fields.size())
      complain("more bases than fields");
    for (const Field &F : R.Fields) {
      str(F.Name);
      type(F.Type);
      loc(F.Decl);
      str(F.LiveWhile);
      str(F.Retained);
    }
  }

  /// Parents and in-place members (arrays, records) must not be circular.
  void checkChains() {
    if (!ok())
      return;
    for (const Record &R : U.Records) {
      size_t Steps = 0;
      for (uint32_t P = R.Parent; P != None; P = U.Records[P].Parent)
        if (++Steps > U.Records.size())
          return complain("record is its own parent");
    }
    enum : uint8_t { New, Open, Done };
    std::vector<uint8_t> State(U.Records.size(), New);
    struct Frame {
      uint32_t Record;
      size_t NextField;
    };
    for (uint32_t Start = 0; Start < U.Records.size(); ++Start) {
      if (State[Start] != New)
        continue;
      std::vector<Frame> Stack{{Start, 0}};
      State[Start] = Open;
      while (!Stack.empty()) {
        Frame &Top = Stack.back();
        const Record &R = U.Records[Top.Record];
        if (Top.NextField == R.Fields.size()) {
          State[Top.Record] = Done;
          Stack.pop_back();
          continue;
        }
        std::optional<uint32_t> Inner =
            heldRecord(R.Fields[Top.NextField++].Type);
        if (!ok())
          return;
        if (!Inner || State[*Inner] == Done)
          continue;
        if (State[*Inner] == Open)
          return complain("record contains itself");
        State[*Inner] = Open;
        Stack.push_back({*Inner, 0});
      }
    }
  }

  /// The record that a value of type \p T holds in place.
  std::optional<uint32_t> heldRecord(TypeId T) {
    for (size_t Steps = 0; U.Types[T].Kind == TypeKind::Array;
         T = U.Types[T].Elem)
      if (++Steps > U.Types.size()) {
        complain("array contains itself");
        return std::nullopt;
      }
    if (U.Types[T].Kind != TypeKind::Record)
      return std::nullopt;
    return U.Types[T].Record;
  }

  void checkCallee(const Callee &C) {
    str(C.Usr);
    str(C.Name);
    checkEnum(C.Link, Linkage::Internal, "linkage");
    loc(C.Decl);
    for (StrId S : C.Overrides)
      str(S);
  }

  void checkPath(const std::vector<PathElem> &Path, uint32_t NumRegs) {
    for (const PathElem &E : Path) {
      checkEnum(E.Kind, PathElem::AnyIndex, "path element");
      checkOpt(E.Reg, NumRegs, "register");
      if (E.Kind != PathElem::Field)
        continue;
      check(E.Record, U.Records.size(), "record");
      if (ok())
        check(E.Index, U.Records[E.Record].Fields.size(), "field");
    }
  }

  void checkGlobal(const Global &G) {
    str(G.Usr);
    str(G.Name);
    type(G.Type);
    checkEnum(G.Link, Linkage::Internal, "linkage");
    str(G.LiveWhile);
    str(G.Retained);
    loc(G.Decl);
    for (const GlobalInit &I : G.Inits) {
      checkPath(I.Path, 0);
      checkOperand(I.Value, 0);
    }
  }

  void checkNames(const std::vector<NamedValue> &Names) {
    for (const NamedValue &V : Names)
      str(V.Name);
  }

  void checkNaming(const Naming &N) {
    checkOpt(N.Record, U.Records.size(), "record");
    checkOpt(N.Enum, U.Enums.size(), "enumeration");
    checkNames(N.Names);
    if (N.Record == None)
      check(N.Index, U.Globals.size(), "global");
    else if (ok())
      check(N.Index, U.Records[N.Record].Fields.size(), "field");
  }

  void checkOperand(const Operand &O, uint32_t NumRegs) {
    checkEnum(O.Kind, Operand::Opaque, "operand kind");
    if (O.Kind == Operand::Reg)
      check(static_cast<uint64_t>(O.Value), NumRegs, "register");
    if (O.Kind == Operand::Func)
      check(static_cast<uint64_t>(O.Value), U.Callees.size(), "callee");
  }

  void checkFunction(const Function &F) {
    check(F.Callee, U.Callees.size(), "callee");
    str(F.ReleasesField);
    loc(F.Loc);
    loc(F.End);
    checkOpt(F.Record, U.Records.size(), "record");
    type(F.ReturnType);
    if (F.NumParams > F.Locals.size())
      complain("more parameters than locals");
    for (const Local &L : F.Locals) {
      str(L.Name);
      type(L.Type);
      loc(L.Decl);
    }
    for (const Place &P : F.Places)
      checkPlace(P, F);
    if (F.Blocks.empty())
      complain("function without a block");
    for (const Block &B : F.Blocks) {
      for (const Instr &I : B.Instrs)
        checkInstr(I, F);
      checkTerminator(B.Term, F);
    }
  }

  void checkPlace(const Place &P, const Function &F) {
    checkEnum(P.Base, Place::Deref, "place base");
    if (P.Base == Place::Local)
      check(P.BaseIndex, F.Locals.size(), "local");
    if (P.Base == Place::Global)
      check(P.BaseIndex, U.Globals.size(), "global");
    checkOperand(P.Ptr, F.NumRegs);
    checkPath(P.Path, F.NumRegs);
    type(P.Type);
  }

  void checkInstr(const Instr &I, const Function &F) {
    checkEnum(I.Opcode, Op::EndLocal, "opcode");
    checkEnum(I.Bop, BinOp::Shr, "operator");
    checkEnum(I.Cop, CmpOp::GE, "comparison");
    checkOpt(I.Dst, F.NumRegs, "register");
    checkOperand(I.A, F.NumRegs);
    checkOperand(I.B, F.NumRegs);
    checkOpt(I.P, F.Places.size(), "place");
    checkOpt(I.P2, F.Places.size(), "place");
    checkOpt(I.Callee, U.Callees.size(), "callee");
    checkOpt(I.Local, F.Locals.size(), "local");
    type(I.Type);
    for (const Operand &O : I.Args)
      checkOperand(O, F.NumRegs);
    loc(I.Loc);
    checkShape(I);
  }

  /// What an opcode needs is there.
  void checkShape(const Instr &I) {
    bool NeedsDst = false, NeedsPlace = false;
    switch (I.Opcode) {
    case Op::Load:
    case Op::Addr:
      NeedsDst = NeedsPlace = true;
      break;
    case Op::Move:
    case Op::Bin:
    case Op::Cmp:
    case Op::Not:
    case Op::New:
      NeedsDst = true;
      break;
    case Op::Store:
    case Op::Zero:
    case Op::Havoc:
      NeedsPlace = true;
      break;
    case Op::CopyRec:
      NeedsPlace = true;
      if (I.P2 == None)
        complain("copy without a source");
      break;
    case Op::EndLocal:
      if (I.Local == None)
        complain("end of no local");
      break;
    case Op::Call:
    case Op::Free:
    case Op::Release:
    case Op::Use:
    case Op::Invalidate:
      break;
    }
    if (NeedsDst && I.Dst == None)
      complain("instruction without a result");
    if (NeedsPlace && I.P == None)
      complain("instruction without a place");
  }

  void checkTerminator(const Terminator &T, const Function &F) {
    checkEnum(T.Kind, Terminator::Any, "terminator");
    checkOperand(T.Cond, F.NumRegs);
    for (uint32_t S : T.Succs)
      check(S, F.Blocks.size(), "block");
    for (const SwitchCase &C : T.Cases)
      check(C.Succ, F.Blocks.size(), "block");
    loc(T.Loc);
    size_t Needed = T.Kind == Terminator::Goto || T.Kind == Terminator::Switch
                        ? 1
                    : T.Kind == Terminator::Branch ? 2
                                                   : 0;
    if (T.Succs.size() < Needed)
      complain("terminator without a successor");
  }

  const Unit &U;
};

} // namespace

Error retsan::facts::validate(const Unit &U, StringRef Name) {
  Checker C(U);
  C.run();
  if (C.ok())
    return Error::success();
  return createStringError(std::make_error_code(std::errc::invalid_argument),
                           Name + ": damaged RetSan facts file (" + C.Problem +
                               ")");
}
