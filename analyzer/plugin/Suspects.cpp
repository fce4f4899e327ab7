//===- Suspects.cpp - what a build must instrument ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/plugin/Suspects.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace retsan::plugin;

static Error bad(StringRef Path, const Twine &Why) {
  return createStringError(inconvertibleErrorCode(),
                           "cannot use suspects file '" + Path + "': " + Why);
}

std::optional<uint32_t> retsan::plugin::modeOf(StringRef Name) {
  return StringSwitch<std::optional<uint32_t>>(Name)
      .Case("suspects", RETSAN_MODE_SUSPECTS)
      .Case("stamp", RETSAN_MODE_STAMP)
      .Case("all", RETSAN_MODE_ALL)
      .Case("heap", RETSAN_MODE_HEAP)
      .Default(std::nullopt);
}

static std::optional<uint64_t> subjectId(const json::Object &O) {
  std::optional<StringRef> S = O.getString("subject_id");
  uint64_t Id = 0;
  if (!S || S->size() != 16 || S->getAsInteger(16, Id) || !Id)
    return std::nullopt;
  return Id;
}

static std::optional<uint32_t> atomOp(StringRef Op) {
  return StringSwitch<std::optional<uint32_t>>(Op)
      .Cases("==", "null", RETSAN_ATOM_EQ)
      .Cases("!=", "nonnull", RETSAN_ATOM_NE)
      .Case("<", RETSAN_ATOM_LT)
      .Case("<=", RETSAN_ATOM_LE)
      .Case(">", RETSAN_ATOM_GT)
      .Case(">=", RETSAN_ATOM_GE)
      .Default(std::nullopt);
}

/// "c" of "a.b.c".
static StringRef lastName(StringRef Path) {
  size_t Dot = Path.rfind('.');
  return Dot == StringRef::npos ? Path : Path.drop_front(Dot + 1);
}

namespace {
/// Fills a list from the JSON of one file.
class Reader {
public:
  Reader(StringRef Path, SuspectList &L) : Path(Path), L(L) {}

  Error readFile(const json::Object &Top);

private:
  Error readFinding(const json::Object &F, size_t Index);
  Error addSubject(const json::Object &O, uint16_t Role, const Twine &Where);

  StringRef Path;
  SuspectList &L;
};
} // namespace

Error Reader::addSubject(const json::Object &O, uint16_t Role,
                         const Twine &Where) {
  std::optional<uint64_t> Id = subjectId(O);
  if (!Id)
    return bad(Path, Where + " has no \"subject_id\" of 16 hex digits");
  Subject &S = L.Subjects[*Id];
  bool Known = !S.Name.empty();
  // A pointer may be suspect and phase variable at once: its stores are then
  // seen as stores of a suspect, which says more.
  if (!Known || Role == RETSAN_ROLE_SUSPECT)
    S.Role = Role;
  S.Name = O.getString("subject").value_or("?").str();
  L.LastNames.insert(lastName(S.Name));
  StringRef FieldPath = O.getString("path").value_or("");
  if (!O.getString("record_key").value_or("").empty())
    L.LastNames.insert(lastName(FieldPath));
  return Error::success();
}

Error Reader::readFinding(const json::Object &F, size_t Index) {
  std::string Where = ("finding " + Twine(Index)).str();
  if (!F.getString("suppressed").value_or("").empty())
    return Error::success();
  const json::Object *Suspect = F.getObject("suspect");
  if (!Suspect)
    return bad(Path, Where + " has no \"suspect\"");
  if (Error E = addSubject(*Suspect, RETSAN_ROLE_SUSPECT, Where))
    return E;

  State S;
  S.SubjectId = *subjectId(*Suspect);
  S.Fingerprint = F.getString("fingerprint").value_or("").str();
  S.Dangling = F.getString("check") == StringRef("retsan-dangling-field");
  if (const json::Array *Phases = F.getArray("phases"))
    for (const json::Value &V : *Phases) {
      const json::Object *O = V.getAsObject();
      if (!O)
        return bad(Path, Where + " has a phase that is no object");
      if (Error E = addSubject(*O, RETSAN_ROLE_PHASE, "a phase of " + Where))
        return E;
    }
  if (const json::Array *Atoms = F.getArray("predicate"))
    for (const json::Value &V : *Atoms) {
      const json::Object *O = V.getAsObject();
      std::optional<uint64_t> Id = O ? subjectId(*O) : std::nullopt;
      std::optional<uint32_t> Op =
          O ? atomOp(O->getString("op").value_or("")) : std::nullopt;
      if (!Id || !Op)
        return bad(Path, Where + " has a condition without a subject_id or "
                                 "with an unknown operator");
      S.Atoms.push_back({*Id, O->getInteger("value").value_or(0), *Op});
    }
  L.States.push_back(std::move(S));
  return Error::success();
}

Error Reader::readFile(const json::Object &Top) {
  StringRef Schema = Top.getString("schema").value_or("");
  if (Schema != "retsan.findings/1")
    return bad(Path, "its schema is '" + Schema +
                         "', this version reads 'retsan.findings/1'");
  const json::Array *Findings = Top.getArray("findings");
  if (!Findings)
    return bad(Path, "it has no \"findings\"");
  L.FindingsId = Top.getString("findings_id").value_or("").str();
  for (size_t I = 0; I != Findings->size(); ++I) {
    const json::Object *F = (*Findings)[I].getAsObject();
    if (!F)
      return bad(Path, "finding " + Twine(I) + " is no object");
    if (Error E = readFinding(*F, I))
      return E;
  }
  if (const json::Array *Names = Top.getArray("deallocators"))
    for (const json::Value &V : *Names)
      if (std::optional<StringRef> Name = V.getAsString())
        L.Deallocators.push_back(Name->str());
  return Error::success();
}

Expected<SuspectList> retsan::plugin::readSuspects(StringRef Path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> Buffer = MemoryBuffer::getFile(Path);
  if (!Buffer)
    return bad(Path, Buffer.getError().message());
  Expected<json::Value> V = json::parse((*Buffer)->getBuffer());
  if (!V)
    return bad(Path, toString(V.takeError()));
  const json::Object *Top = V->getAsObject();
  if (!Top)
    return bad(Path, "it is no JSON object");
  SuspectList L;
  if (Error E = Reader(Path, L).readFile(*Top))
    return E;
  return L;
}
