//===- GlobalInits.cpp - constant initial values
//-----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tables of functions and of defaults: each part of a global that starts with
// something else than zero. Clang's constant evaluator does the work.
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/UnitBuilder.h"
#include "clang/AST/APValue.h"
#include "clang/AST/Expr.h"
#include "clang/AST/RecordLayout.h"

using namespace clang;
using namespace llvm;
using namespace retsan;
using namespace retsan::extract;

namespace {

/// Big constant tables (unicode, CRC) say nothing of the life of pointers.
constexpr size_t MaxInits = 4096;

class InitWalker {
public:
  InitWalker(UnitBuilder &B, facts::Global &G) : B(B), G(G) {}

  void walk(const APValue &V, QualType T) {
    if (G.Inits.size() >= MaxInits)
      return;
    switch (V.getKind()) {
    case APValue::Int:
      if (V.getInt().getSignificantBits() > 64)
        return add(facts::Operand::Opaque, 0);
      if (V.getInt() != 0)
        add(facts::Operand::Int,
            V.getInt().isSigned()
                ? V.getInt().getSExtValue()
                : static_cast<int64_t>(
                      V.getInt().extOrTrunc(64).getZExtValue()));
      return;
    case APValue::LValue:
      return walkPointer(V);
    case APValue::Array:
      return walkArray(V, T);
    case APValue::Struct:
      return walkStruct(V, T);
    case APValue::Union:
      if (const FieldDecl *FD = V.getUnionField())
        walkField(FD, V.getUnionValue());
      return;
    case APValue::Float:
      if (!V.getFloat().isPosZero())
        add(facts::Operand::Opaque, 0);
      return;
    case APValue::MemberPointer:
      return add(facts::Operand::Opaque, 0);
    default:
      return;
    }
  }

private:
  void add(facts::Operand::KindTy Kind, int64_t Value) {
    G.Inits.push_back({Path, {Kind, Value}});
  }

  void walkPointer(const APValue &V) {
    if (V.isNullPointer() || !V.getLValueBase()) {
      if (V.getLValueOffset().isZero())
        return;
      return add(facts::Operand::Int, V.getLValueOffset().getQuantity());
    }
    APValue::LValueBase Base = V.getLValueBase();
    const auto *VD = Base.dyn_cast<const ValueDecl *>();
    if (const auto *FD = dyn_cast_or_null<FunctionDecl>(VD))
      return add(facts::Operand::Func, B.takenCallee(FD));
    if (const auto *Var = dyn_cast_or_null<VarDecl>(VD)) {
      note(Var, V);
      // A table of objects of other units: the units belong to the program.
      if (Var->hasExternalFormalLinkage() && !Var->getDefinition())
        B.global(Var);
    }
    if (const auto *E = Base.dyn_cast<const Expr *>())
      if (isa<clang::StringLiteral>(E))
        return add(facts::Operand::Str, 0);
    add(facts::Operand::Opaque, 0);
  }

  /// `{"user", &user}`: who walks the table reads and writes the pointer.
  void note(const VarDecl *Var, const APValue &V) {
    if (Var->getType()->isReferenceType())
      return;
    PointerInTable Ref{Var, {}, Var->getType()};
    // A cast, as to `char *`, leaves an offset only.
    if (!V.hasLValuePath() && !find(Ref, V.getLValueOffset()))
      return;
    if (V.hasLValuePath())
      for (const APValue::LValuePathEntry &E : V.getLValuePath()) {
        if (const ArrayType *AT = B.Ctx.getAsArrayType(Ref.Type)) {
          facts::PathElem Elem;
          Elem.Kind = facts::PathElem::ConstIndex;
          Elem.Index = E.getAsArrayIndex();
          Ref.Path.push_back(Elem);
          Ref.Type = AT->getElementType();
          continue;
        }
        const auto *FD =
            dyn_cast_or_null<FieldDecl>(E.getAsBaseOrMember().getPointer());
        if (!FD)
          return;
        Ref.Path.push_back(B.fieldElem(FD));
        Ref.Type = FD->getType();
      }
    if (Ref.Type->isAnyPointerType())
      B.PointersInTables.push_back(std::move(Ref));
  }

  bool find(PointerInTable &Ref, CharUnits Offset) const {
    while (!Ref.Type->isAnyPointerType()) {
      const RecordDecl *RD = Ref.Type->getAsRecordDecl();
      if (!RD || RD->isUnion() || !RD->isCompleteDefinition())
        return false;
      const ASTRecordLayout &Layout = B.Ctx.getASTRecordLayout(RD);
      const FieldDecl *In = nullptr;
      CharUnits At;
      for (const FieldDecl *FD : RD->fields())
        if (CharUnits Begin = B.Ctx.toCharUnitsFromBits(
                Layout.getFieldOffset(FD->getFieldIndex()));
            Begin <= Offset) {
          In = FD;
          At = Begin;
        }
      if (!In)
        return false;
      Ref.Path.push_back(B.fieldElem(In));
      Ref.Type = In->getType();
      Offset -= At;
    }
    return Offset.isZero();
  }

  void walkArray(const APValue &V, QualType T) {
    const ArrayType *AT = B.Ctx.getAsArrayType(T);
    if (!AT)
      return;
    for (unsigned I = 0, E = V.getArrayInitializedElts(); I < E; ++I) {
      facts::PathElem Elem;
      Elem.Kind = facts::PathElem::ConstIndex;
      Elem.Index = I;
      Path.push_back(Elem);
      walk(V.getArrayInitializedElt(I), AT->getElementType());
      Path.pop_back();
    }
  }

  void walkStruct(const APValue &V, QualType T) {
    const RecordDecl *RD = T->getAsRecordDecl();
    if (!RD)
      return;
    if (const auto *CRD = dyn_cast<CXXRecordDecl>(RD)) {
      unsigned I = 0;
      for (const CXXBaseSpecifier &Base : CRD->bases()) {
        if (I >= V.getStructNumBases())
          break;
        if (auto Elem = B.baseElem(CRD, Base.getType()->getAsCXXRecordDecl())) {
          Path.push_back(*Elem);
          walk(V.getStructBase(I), Base.getType());
          Path.pop_back();
        }
        ++I;
      }
    }
    for (const FieldDecl *FD : RD->fields())
      if (FD->getFieldIndex() < V.getStructNumFields())
        walkField(FD, V.getStructField(FD->getFieldIndex()));
  }

  void walkField(const FieldDecl *FD, const APValue &V) {
    Path.push_back(B.fieldElem(FD));
    walk(V, FD->getType());
    Path.pop_back();
  }

  UnitBuilder &B;
  facts::Global &G;
  std::vector<facts::PathElem> Path;
};

} // namespace

void retsan::extract::addGlobalInits(UnitBuilder &B, facts::Global &G,
                                     const VarDecl *VD) {
  const VarDecl *WithInit = nullptr;
  const Expr *Init = VD->getAnyInitializer(WithInit);
  if (!Init || Init->isValueDependent() || Init->containsErrors())
    return;
  // A class whose constructor runs at start-up has no constant value here.
  if (VD->getType()->isRecordType() &&
      ownerKind(VD->getType()) != facts::OwnerKind::None) {
    G.DynamicInit = !WithInit->hasConstantInitialization();
    return;
  }
  if (VD->getType()->isReferenceType()) {
    G.Inits.push_back({{}, {facts::Operand::Opaque, 0}});
    return;
  }
  const APValue *V = WithInit->evaluateValue();
  if (!V) {
    G.DynamicInit = true;
    return;
  }
  InitWalker(B, G).walk(*V, VD->getType());
}

void retsan::extract::addTables(UnitBuilder &B) {
  if (B.PointersInTables.empty())
    return;
  facts::Callee C;
  StringRef File;
  if (auto Main = B.SM.getFileEntryRefForID(B.SM.getMainFileID()))
    File = Main->getName();
  C.Usr = B.str(("c:" + File + "@tables").str());
  C.Name = B.str("(static initialisers)");
  C.Link = facts::Linkage::Internal;
  facts::Function F;
  F.Callee = B.U.Callees.size();
  F.Implicit = F.InMainFile = true;
  facts::Block &Only = F.Blocks.emplace_back();
  // Naming a variable may add to the list.
  for (size_t I = 0; I < B.PointersInTables.size(); ++I) {
    PointerInTable Ref = B.PointersInTables[I];
    facts::Place Pl;
    Pl.Base = facts::Place::Global;
    Pl.BaseIndex = B.global(Ref.Var);
    Pl.Path = Ref.Path;
    Pl.Type = B.type(Ref.Type);
    facts::Instr &In = Only.Instrs.emplace_back();
    In.Opcode = facts::Op::Addr;
    In.Dst = F.NumRegs++;
    In.P = F.Places.size();
    In.Type = B.type(B.Ctx.getPointerType(Ref.Type));
    In.Loc = F.Loc = F.End = B.loc(Ref.Var->getLocation());
    F.Places.push_back(std::move(Pl));
  }
  Only.Term.Kind = facts::Terminator::Return;
  C.Decl = F.Loc;
  B.U.Callees.push_back(std::move(C));
  B.U.Functions.push_back(std::move(F));
}
