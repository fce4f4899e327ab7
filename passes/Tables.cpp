//===- Tables.cpp - descriptors that the runtime reads --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tables.h"
#include "retsan/abi.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;
using namespace retsan::passes;

// The literal structs below follow these layouts.
static_assert(sizeof(retsan_field_v1) == 48 && sizeof(retsan_site_v1) == 32 &&
                  sizeof(retsan_atom_v1) == 24 &&
                  sizeof(retsan_state_v1) == 32 &&
                  sizeof(retsan_module_v1) == 48,
              "the tables are emitted for another ABI");

Tables::Tables(Module &M, const Unit &U)
    : M(M), U(U), I16(Type::getInt16Ty(M.getContext())),
      I32(Type::getInt32Ty(M.getContext())),
      I64(Type::getInt64Ty(M.getContext())),
      Ptr(PointerType::getUnqual(M.getContext())), Fields(U.Fields.size()) {}

GlobalVariable *Tables::constant(Constant *Init, const Twine &Name) {
  auto *GV = new GlobalVariable(M, Init->getType(), /*isConstant=*/true,
                                GlobalValue::PrivateLinkage, Init, Name);
  GV->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
  return GV;
}

Constant *Tables::string(StringRef S) {
  Constant *&C = Strings[S];
  if (!C)
    C = constant(ConstantDataArray::getString(M.getContext(), S),
                 ".retsan.str");
  return C;
}

GlobalVariable *Tables::field(unsigned Index) {
  if (Fields[Index])
    return Fields[Index];
  const FieldInfo &F = U.Fields[Index];
  Constant *Global = ConstantPointerNull::get(Ptr);
  uint16_t Flags = F.Flags;
  if (F.Global) {
    Global = F.Global;
    Flags |= RETSAN_FIELD_GLOBAL;
  }
  auto C16 = [&](uint64_t V) { return ConstantInt::get(I16, V); };
  auto C32 = [&](uint64_t V) { return ConstantInt::get(I32, V); };
  Constant *Init = ConstantStruct::getAnon(
      {ConstantInt::get(I64, F.Id), string(F.Subject), Global, C32(F.Offset),
       C32(F.Size), C32(F.RecordSize), C16(F.Role), C16(Flags),
       C16(F.BitOffset), C16(F.BitWidth), C32(0)});
  // Not constant: the address in it needs a relocation, and all objects must
  // agree on the flags of the section.
  auto *GV = new GlobalVariable(M, Init->getType(), /*isConstant=*/false,
                                GlobalValue::InternalLinkage, Init,
                                "retsan.field." + F.Subject);
  GV->setSection("retsan_fields");
  GV->setAlignment(Align(8));
  return Fields[Index] = GV;
}

Constant *Tables::site(unsigned Field, const SourcePos &Pos, const Function &F,
                       uint32_t Kind) {
  Constant *&C = Sites[{Field, Pos.File, Pos.Line, F.getName().str(), Kind}];
  if (C)
    return C;
  C = constant(ConstantStruct::getAnon({field(Field), string(Pos.File),
                                        string(F.getName()),
                                        ConstantInt::get(I32, Pos.Line),
                                        ConstantInt::get(I32, Kind)}),
               "retsan.site");
  return C;
}

Constant *Tables::states() {
  if (U.States.empty())
    return ConstantPointerNull::get(Ptr);
  SmallVector<Constant *> All;
  for (const StateInfo &S : U.States) {
    SmallVector<Constant *> Atoms;
    for (const AtomInfo &A : S.Atoms)
      Atoms.push_back(ConstantStruct::getAnon(
          {ConstantInt::get(I64, A.Id), ConstantInt::get(I64, A.Value, true),
           ConstantInt::get(I32, A.Op), ConstantInt::get(I32, 0)}));
    Constant *AtomsPtr = ConstantPointerNull::get(Ptr);
    if (!Atoms.empty())
      AtomsPtr = constant(
          ConstantArray::get(ArrayType::get(Atoms[0]->getType(), Atoms.size()),
                             Atoms),
          "retsan.atoms");
    All.push_back(ConstantStruct::getAnon({ConstantInt::get(I64, S.Id),
                                           string(S.Fingerprint), AtomsPtr,
                                           ConstantInt::get(I32, Atoms.size()),
                                           ConstantInt::get(I32, S.Dangling)}));
  }
  auto *Init =
      ConstantArray::get(ArrayType::get(All[0]->getType(), All.size()), All);
  auto *GV =
      new GlobalVariable(M, Init->getType(), /*isConstant=*/false,
                         GlobalValue::InternalLinkage, Init, "retsan.states");
  GV->setSection("retsan_states");
  GV->setAlignment(Align(8));
  return GV;
}

static Function *makeCaller(Module &M, StringRef Name, StringRef Callee,
                            Constant *Arg) {
  LLVMContext &Ctx = M.getContext();
  FunctionCallee Hook = M.getOrInsertFunction(Callee, Type::getVoidTy(Ctx),
                                              PointerType::getUnqual(Ctx));
  auto *F = Function::Create(FunctionType::get(Type::getVoidTy(Ctx), false),
                             GlobalValue::InternalLinkage, Name, M);
  F->addFnAttr(Attribute::NoUnwind);
  IRBuilder<> B(BasicBlock::Create(Ctx, "", F));
  B.CreateCall(Hook, Arg);
  B.CreateRetVoid();
  return F;
}

void Tables::finish() {
  SmallVector<Constant *> Ptrs;
  for (unsigned I = 0; I != Fields.size(); ++I)
    if (U.Fields[I].Global || U.Fields[I].GlobalName.empty())
      Ptrs.push_back(field(I));
  auto *FieldArray =
      constant(ConstantArray::get(ArrayType::get(Ptr, Ptrs.size()), Ptrs),
               "retsan.fields");
  Constant *Init = ConstantStruct::getAnon(
      {ConstantInt::get(I32, RETSAN_ABI_VERSION), ConstantInt::get(I32, U.Mode),
       string(U.FindingsId), string(U.Source), FieldArray, states(),
       ConstantInt::get(I32, Ptrs.size()),
       ConstantInt::get(I32, U.States.size())});
  auto *Module =
      new GlobalVariable(M, Init->getType(), /*isConstant=*/true,
                         GlobalValue::InternalLinkage, Init, "retsan.module");
  appendToGlobalCtors(
      M, makeCaller(M, "retsan.register", "__retsan_register_v1", Module),
      /*Priority=*/1);
  // Only code built as -fPIC, not -fPIE, can be part of a shared object that is
  // unloaded before the program ends.
  if (M.getPICLevel() != PICLevel::NotPIC &&
      M.getPIELevel() == PIELevel::Default)
    appendToGlobalDtors(
        M, makeCaller(M, "retsan.unregister", "__retsan_unregister_v1", Module),
        /*Priority=*/1);
}
