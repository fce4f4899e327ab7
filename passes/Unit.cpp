//===- Unit.cpp - what a translation unit wants instrumented --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Unit.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Constants.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;
using namespace retsan::passes;

std::optional<Tag> retsan::passes::parseTag(StringRef Text) {
  if (!Text.consume_front(TagPrefix))
    return std::nullopt;
  SmallVector<StringRef, 3> Parts;
  Text.split(Parts, ':');
  Tag T;
  if (Parts.size() < 2 || Parts[0].size() != 16 ||
      Parts[0].getAsInteger(16, T.Id) ||
      (Parts.size() > 2 && Parts[2].getAsInteger(10, T.Variant)))
    return std::nullopt;
  return T;
}

std::optional<unsigned> Unit::fieldOf(const Tag &T) const {
  std::optional<unsigned> Found;
  for (unsigned I = 0; I != Fields.size(); ++I) {
    if (Fields[I].Id != T.Id)
      continue;
    if (Fields[I].Variant == T.Variant)
      return I;
    if (!Found)
      Found = I;
  }
  return Found;
}

StringRef retsan::passes::annotationString(const Value *V) {
  const auto *GV = dyn_cast<GlobalVariable>(V->stripPointerCasts());
  if (!GV || !GV->hasInitializer())
    return "";
  const auto *Data = dyn_cast<ConstantDataSequential>(GV->getInitializer());
  return Data && Data->isCString() ? Data->getAsCString() : StringRef();
}

ArrayRef<PlaceInfo> Unit::placesAt(StringRef File, unsigned Line,
                                   unsigned Col) const {
  auto It = Places.find({sys::path::filename(File).str(), Line, Col});
  return It == Places.end() ? ArrayRef<PlaceInfo>()
                            : ArrayRef<PlaceInfo>(It->second);
}

static uint64_t hexOf(const json::Object &O, StringRef Key) {
  uint64_t Id = 0;
  if (O.getString(Key).value_or("").getAsInteger(16, Id))
    return 0;
  return Id;
}

static int64_t intOf(const json::Object &O, StringRef Key) {
  return O.getInteger(Key).value_or(0);
}

static FieldInfo readField(const json::Object &O) {
  FieldInfo F;
  F.Id = hexOf(O, "id");
  F.Variant = intOf(O, "variant");
  F.Subject = O.getString("subject").value_or("").str();
  F.GlobalName = O.getString("global").value_or("").str();
  F.Offset = intOf(O, "offset");
  F.Size = intOf(O, "size");
  F.RecordSize = intOf(O, "record_size");
  F.Role = intOf(O, "role");
  F.Flags = intOf(O, "flags");
  F.BitOffset = intOf(O, "bit_offset");
  F.BitWidth = intOf(O, "bit_width");
  return F;
}

static StateInfo readState(const json::Object &O) {
  StateInfo S;
  S.Id = hexOf(O, "id");
  S.Fingerprint = O.getString("fingerprint").value_or("").str();
  S.Dangling = O.getBoolean("dangling").value_or(false);
  if (const json::Array *Atoms = O.getArray("atoms"))
    for (const json::Value &V : *Atoms)
      if (const json::Object *A = V.getAsObject())
        S.Atoms.push_back(
            {hexOf(*A, "id"), intOf(*A, "value"), uint32_t(intOf(*A, "op"))});
  return S;
}

static std::vector<PartInfo> readParts(const json::Array *Parts,
                                       const Unit &U) {
  std::vector<PartInfo> Out;
  if (Parts)
    for (const json::Value &V : *Parts) {
      const json::Array *Pair = V.getAsArray();
      uint64_t Id = 0;
      if (!Pair || Pair->size() != 3 || !(*Pair)[0].getAsInteger() ||
          (*Pair)[1].getAsString().value_or("").getAsInteger(16, Id))
        continue;
      Tag T{Id, unsigned((*Pair)[2].getAsInteger().value_or(0))};
      if (std::optional<unsigned> Index = U.fieldOf(T))
        Out.push_back({uint64_t(*(*Pair)[0].getAsInteger()), *Index});
    }
  return Out;
}

static void readPlace(const json::Object &O, Unit &U) {
  PlaceInfo P;
  P.Kind = StringSwitch<PlaceKind>(O.getString("kind").value_or(""))
               .Case("wipe", PlaceKind::Wipe)
               .Case("bits", PlaceKind::Bits)
               .Case("delete", PlaceKind::Delete)
               .Default(PlaceKind::Copy);
  P.Size = intOf(O, "size");
  P.Parts = readParts(O.getArray("parts"), U);
  std::string File =
      sys::path::filename(O.getString("file").value_or("")).str();
  U.Places[{File, unsigned(intOf(O, "line")), unsigned(intOf(O, "col"))}]
      .push_back(std::move(P));
}

static Expected<Unit> readUnit(StringRef Text) {
  Expected<json::Value> V = json::parse(Text);
  if (!V)
    return V.takeError();
  const json::Object *Top = V->getAsObject();
  if (!Top)
    return createStringError(inconvertibleErrorCode(), "no JSON object");
  Unit U;
  U.FindingsId = Top->getString("findings_id").value_or("").str();
  U.Source = Top->getString("source").value_or("").str();
  U.Mode = intOf(*Top, "mode");
  if (const json::Array *A = Top->getArray("fields"))
    for (const json::Value &E : *A)
      if (const json::Object *O = E.getAsObject())
        U.Fields.push_back(readField(*O));
  if (const json::Array *A = Top->getArray("states"))
    for (const json::Value &E : *A)
      if (const json::Object *O = E.getAsObject())
        U.States.push_back(readState(*O));
  if (const json::Array *A = Top->getArray("deallocators"))
    for (const json::Value &E : *A)
      U.Deallocators.insert(E.getAsString().value_or(""));
  if (const json::Array *A = Top->getArray("places"))
    for (const json::Value &E : *A)
      if (const json::Object *O = E.getAsObject())
        readPlace(*O, U);
  if (const json::Array *A = Top->getArray("memberwise"))
    for (const json::Value &E : *A)
      if (const json::Object *O = E.getAsObject())
        U.Memberwise[O->getString("function").value_or("")] =
            readParts(O->getArray("fields"), U);
  if (const json::Array *A = Top->getArray("instances"))
    for (const json::Value &E : *A)
      if (const json::Object *O = E.getAsObject())
        U.Instances[O->getString("function").value_or("")].push_back(
            {PlaceKind::Copy, uint64_t(intOf(*O, "size")),
             readParts(O->getArray("parts"), U)});
  return U;
}

/// Takes our entries out of llvm.global.annotations: pairs of global and tag.
static std::vector<std::pair<GlobalVariable *, std::string>>
takeGlobalTags(Module &M) {
  std::vector<std::pair<GlobalVariable *, std::string>> Out;
  GlobalVariable *All = M.getGlobalVariable("llvm.global.annotations");
  auto *Array = All && All->hasInitializer()
                    ? dyn_cast<ConstantArray>(All->getInitializer())
                    : nullptr;
  if (!Array)
    return Out;
  SmallVector<Constant *> Keep;
  for (Value *Op : Array->operands()) {
    auto *Entry = cast<ConstantStruct>(Op);
    StringRef Tag = annotationString(Entry->getOperand(1));
    if (!Tag.starts_with(TagPrefix)) {
      Keep.push_back(Entry);
      continue;
    }
    if (auto *GV =
            dyn_cast<GlobalVariable>(Entry->getOperand(0)->stripPointerCasts()))
      Out.push_back({GV, Tag.str()});
  }
  if (Out.empty())
    return Out;
  if (!Keep.empty()) {
    auto *Ty = ArrayType::get(Array->getType()->getElementType(), Keep.size());
    auto *New = new GlobalVariable(M, Ty, false, All->getLinkage(),
                                   ConstantArray::get(Ty, Keep), "", All);
    New->setSection(All->getSection());
    New->takeName(All);
  }
  All->eraseFromParent();
  return Out;
}

Expected<std::optional<Unit>> retsan::passes::takeUnit(Module &M) {
  auto Tags = takeGlobalTags(M);
  std::optional<Unit> U;
  for (auto &[GV, Tag] : Tags) {
    StringRef Text = Tag;
    if (!Text.consume_front(TagPrefix) || !Text.consume_front("unit:"))
      continue;
    Expected<Unit> Read = readUnit(Text);
    if (!Read)
      return Read.takeError();
    U = std::move(*Read);
    removeFromUsedLists(
        M, [GV = GV](Constant *C) { return C->stripPointerCasts() == GV; });
    GV->removeDeadConstantUsers();
    if (GV->use_empty())
      GV->eraseFromParent();
  }
  if (!U)
    return std::optional<Unit>();
  for (FieldInfo &F : U->Fields)
    if (!F.GlobalName.empty())
      F.Global = M.getNamedGlobal(F.GlobalName);
  // A static of a function has no name that the front end could tell.
  for (auto &[GV, Text] : Tags)
    if (std::optional<Tag> T = parseTag(Text))
      if (std::optional<unsigned> Index = U->fieldOf(*T))
        U->Fields[*Index].Global = GV;
  return U;
}
