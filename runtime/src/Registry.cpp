//===- Registry.cpp - subjects, and the states that name them -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each object file registers the fields and states that it mentions; they are
// joined on subject_id and fingerprint. All strings are copied, since a module
// may be unloaded; sites are copied only when that happens.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <string.h>

namespace retsan {

bool SiteList::add(const retsan_site_v1 *S) {
  if (!S || Count == Max)
    return false;
  for (uint32_t I = 0; I != Count; ++I)
    if (Sites[I] == S ||
        (Sites[I]->line == S->line && !compareStrings(Sites[I]->file, S->file)))
      return false;
  Sites[Count++] = S;
  return true;
}

Subject *FieldTable::findSubject(uint64_t Id) {
  if (!SubjectHashSize)
    return nullptr;
  for (uint32_t P = Id & (SubjectHashSize - 1); SubjectHash[P];
       P = (P + 1) & (SubjectHashSize - 1))
    if (Subjects[SubjectHash[P] - 1]->Id == Id)
      return Subjects[SubjectHash[P] - 1];
  return nullptr;
}

Subject *FieldTable::registerSubject(const retsan_field_v1 *F) {
  if (Subject *S = findSubject(F->subject_id))
    return S;
  auto *S = Memory.make<Subject>();
  if (!S || !Subjects.push(S))
    return nullptr;
  S->Id = F->subject_id;
  S->Name = Memory.copyString(F->subject ? F->subject : "");
  S->Global = F->flags & RETSAN_FIELD_GLOBAL ? F->global : nullptr;
  S->Offset = F->offset;
  S->Size = F->size;
  S->RecordSize = F->record_size;
  S->Role = F->role;
  S->Flags = F->flags;
  S->BitOffset = F->bit_offset;
  S->BitWidth = F->bit_width;
  S->OwnerSlot = F->owner_slot;
  S->Cure = R.Opts.cure && matchesTemplate(R.Opts.cure, S->Name);
  S->Index = static_cast<uint32_t>(Subjects.size() - 1);
  Totals.Subjects.push({});
  if (Subjects.size() * 2 > SubjectHashSize) {
    uint32_t Size = SubjectHashSize ? SubjectHashSize * 2 : 256;
    auto *New = static_cast<uint32_t *>(mapMemory(Size * sizeof(uint32_t)));
    if (!New)
      return nullptr;
    if (SubjectHash)
      unmapMemory(SubjectHash, SubjectHashSize * sizeof(uint32_t));
    SubjectHash = New;
    SubjectHashSize = Size;
    for (uint32_t I = 0; I != Subjects.size(); ++I) {
      uint32_t P = Subjects[I]->Id & (Size - 1);
      while (SubjectHash[P])
        P = (P + 1) & (Size - 1);
      SubjectHash[P] = I + 1;
    }
    return S;
  }
  uint32_t P = S->Id & (SubjectHashSize - 1);
  while (SubjectHash[P])
    P = (P + 1) & (SubjectHashSize - 1);
  SubjectHash[P] = S->Index + 1;
  return S;
}

void FieldTable::registerModule(const retsan_module_v1 &M) {
  for (uint32_t I = 0; I != M.num_fields; ++I) {
    Subject *S = registerSubject(M.fields[I]);
    // One field may be both: a suspect of one finding, a phase of another.
    if (S && M.fields[I]->role == RETSAN_ROLE_SUSPECT)
      S->Role = RETSAN_ROLE_SUSPECT;
  }
  for (uint32_t I = 0; I != M.num_states; ++I) {
    const retsan_state_v1 &From = M.states[I];
    bool Known = false;
    for (const State &St : States)
      Known |= St.SubjectId == From.subject_id &&
               !compareStrings(St.Fingerprint, From.fingerprint);
    if (Known)
      continue;
    State St = {};
    St.Fingerprint = Memory.copyString(From.fingerprint);
    St.SubjectId = From.subject_id;
    St.SubjectIndex = ~0u;
    St.WantsFreed = From.dangling != 0;
    St.NumAtoms = From.num_atoms;
    St.Atoms = Memory.make<Atom>(From.num_atoms);
    for (uint32_t N = 0; N != From.num_atoms; ++N)
      St.Atoms[N] = {From.atoms[N].subject_id, From.atoms[N].value,
                     From.atoms[N].op, 0};
    States.push(St);
    Totals.States.push({});
  }
  linkAtoms();
}

/// Ties states to subjects that may have been registered by different modules.
void FieldTable::linkAtoms() {
  for (uint32_t I = 0; I != States.size(); ++I) {
    State &St = States[I];
    Subject *S = findSubject(St.SubjectId);
    if (!S)
      continue;
    if (St.SubjectIndex == ~0u) {
      St.SubjectIndex = S->Index;
      S->States.push(I);
    }
    for (uint32_t N = 0; N != St.NumAtoms; ++N) {
      Atom &A = St.Atoms[N];
      if (A.Phase)
        continue;
      Subject *P = findSubject(A.SubjectId);
      if (!P)
        continue;
      A.Phase = P->Index + 1;
      bool Known = false;
      for (uint32_t Index : P->Suspects)
        Known |= Index == S->Index;
      if (!Known)
        P->Suspects.push(S->Index);
    }
  }
  for (Subject *S : Subjects)
    if (S->Role == RETSAN_ROLE_SUSPECT)
      publishQuick(*S);
  for (Subject *S : Subjects)
    if (!S->Suspects.empty())
      publishPhase(*S);
  forgetSites(); // they know the lists of before
}

/// "hmap.oldbuckets" and "hmap.growing" are of one record; the size tells apart
/// two records of one name.
bool sameRecord(const Subject &A, const Subject &B) {
  if (A.Global || B.Global || A.RecordSize != B.RecordSize)
    return false;
  const char *P = A.Name, *Q = B.Name;
  while (*P && *P == *Q && *P != '.')
    ++P, ++Q;
  return *P == '.' && *Q == '.';
}

/// Makes the list that quickPhase() reads; leaves it null where a suspect is
/// elsewhere or no single slot.
void FieldTable::publishPhase(Subject &P) {
  storeRelease(P.Phase, static_cast<const QuickPhase *>(nullptr));
  auto *Quick = Memory.make<QuickPhase>();
  auto *List = Memory.make<QuickPhase::Suspect>(P.Suspects.size());
  if (!Quick || !List)
    return;
  *Quick = {static_cast<uint32_t>(P.Suspects.size()), List};
  for (uint32_t Index : P.Suspects) {
    const Subject &S = *Subjects[Index];
    if (S.Flags & RETSAN_FIELD_ARRAY || (!S.Global && !sameRecord(P, S)))
      return;
    bool Owner = S.Flags & RETSAN_FIELD_OWNER;
    *List++ = {&S, S.Global ? 0 : ~uint64_t(0),
               S.Global ? reinterpret_cast<int64_t>(S.Global)
                        : int64_t(S.Offset) - int64_t(P.Offset),
               Owner ? S.OwnerSlot : 0};
  }
  storeRelease(P.Phase, static_cast<const QuickPhase *>(Quick));
}

/// Gives states of one simple atom the form that mayHold() tries first.
static void simplify(QuickStates &Q, const Subject *P) {
  static const uint64_t Nothing = 0;
  Q.LastByte = -1;
  if (Q.NumStates == 0) {
    Q.LastByte = 7;
    Q.Offset = reinterpret_cast<int64_t>(&Nothing);
    Q.Value = 1;
    Q.WantsEqual = true;
    return;
  }
  const QuickAtom &A = *Q.Atoms;
  if (Q.NumStates != 1 || Q.Ends[0] != &A + 1 ||
      (A.Op != RETSAN_ATOM_EQ && A.Op != RETSAN_ATOM_NE))
    return;
  uint64_t Mask = P->Size == 8 ? ~uint64_t(0) : ~(~uint64_t(0) << P->Size * 8);
  // A value that the variable cannot have is left to the other form.
  bool Signed = A.Form == QuickAtom::S8 || A.Form == QuickAtom::S32;
  uint64_t Value = static_cast<uint64_t>(A.Value);
  int64_t Half = int64_t(1) << (P->Size * 8 - 1);
  if (Signed ? A.Value < -Half || A.Value >= Half : (Value & Mask) != Value)
    return;
  Q.FieldMask = A.Absolute ? 0 : ~uint64_t(0);
  Q.Offset = A.Offset;
  Q.Mask = Mask;
  Q.Value = Value & Mask;
  Q.WantsEqual = A.Op == RETSAN_ATOM_EQ;
  Q.LastByte = 8 - int64_t(P->Size);
}

static uint8_t quickForm(const Subject &P) {
  bool Signed = P.Flags & RETSAN_FIELD_SIGNED;
  if (P.Size == 1)
    return Signed ? QuickAtom::S8 : QuickAtom::U8;
  if (P.Size == 4)
    return Signed ? QuickAtom::S32 : QuickAtom::U32;
  return QuickAtom::Word;
}

/// Makes the list of QuickPath.h; leaves it null where an atom has no simple
/// form. A state with an atom that nobody registered cannot hold and is left
/// out; so is one that wants a freed target: then an instance is not quick.
void FieldTable::publishQuick(Subject &S) {
  storeRelease(S.Quick, static_cast<const QuickStates *>(nullptr));
  uint32_t NumAtoms = 0;
  for (uint32_t N : S.States)
    NumAtoms += States[N].NumAtoms;
  auto *Quick = Memory.make<QuickStates>();
  auto *Atoms = Memory.make<QuickAtom>(NumAtoms + 1);
  auto **Ends = Memory.make<const QuickAtom *>(S.States.size() + 1);
  if (!Quick || !Atoms || !Ends)
    return;
  *Quick = {};
  Quick->Atoms = Atoms;
  Quick->Ends = Ends;
  const Subject *Only = nullptr;
  for (uint32_t N : S.States) {
    const State &St = States[N];
    QuickAtom *First = Atoms;
    bool CanHold = !St.WantsFreed;
    for (uint32_t I = 0; I != St.NumAtoms && CanHold; ++I) {
      const Atom &A = St.Atoms[I];
      const Subject *P = A.Phase ? Subjects[A.Phase - 1] : nullptr;
      CanHold = P && (P->Global || !S.Global);
      if (!CanHold)
        break;
      if (P->Flags & RETSAN_FIELD_BITFIELD ||
          (P->Size != 1 && P->Size != 4 && P->Size != 8))
        return;
      int64_t Offset = P->Global ? reinterpret_cast<int64_t>(P->Global)
                                 : static_cast<int64_t>(P->Offset) - S.Offset;
      Only = P;
      *Atoms++ = {A.Value, Offset, A.Op, quickForm(*P), P->Global != nullptr};
    }
    if (CanHold)
      Ends[Quick->NumStates++] = Atoms;
    else
      Atoms = First;
  }
  simplify(*Quick, Only);
  storeRelease(S.Quick, static_cast<const QuickStates *>(Quick));
}

bool FieldTable::readPhase(const Subject &P, const Subject &Suspect,
                           uint64_t Field, int64_t &Value) const {
  uint64_t At;
  if (P.Global)
    At = reinterpret_cast<uint64_t>(P.Global);
  else if (!Suspect.Global)
    At = Field - Suspect.Offset + P.Offset;
  else
    return false;
  uint64_t Raw = 0;
  if (P.Flags & RETSAN_FIELD_BITFIELD) {
    At += P.BitOffset / 8;
    unsigned Shift = P.BitOffset % 8;
    memcpy(&Raw, reinterpret_cast<void *>(At), (Shift + P.BitWidth + 7) / 8);
    Raw >>= Shift;
    if (P.BitWidth < 64)
      Raw &= (uint64_t(1) << P.BitWidth) - 1;
    if (P.Flags & RETSAN_FIELD_SIGNED && P.BitWidth < 64 &&
        Raw >> (P.BitWidth - 1))
      Raw |= ~uint64_t(0) << P.BitWidth;
    Value = static_cast<int64_t>(Raw);
    return true;
  }
  uint32_t Size = P.Size > 8 ? 8 : P.Size;
  memcpy(&Raw, reinterpret_cast<void *>(At), Size);
  if (P.Flags & RETSAN_FIELD_SIGNED && Size && Size < 8 &&
      Raw >> (Size * 8 - 1))
    Raw |= ~uint64_t(0) << (Size * 8);
  Value = static_cast<int64_t>(Raw);
  return true;
}

bool FieldTable::holds(const Instance &I, const State &St) const {
  const Subject &S = *Subjects[I.SubjectIndex];
  for (uint32_t N = 0; N != St.NumAtoms; ++N) {
    const Atom &A = St.Atoms[N];
    int64_t V;
    if (!A.Phase || !readPhase(*Subjects[A.Phase - 1], S, I.Field, V))
      return false;
    if (!compareAtom(A.Op, V, A.Value))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Modules that go
//===----------------------------------------------------------------------===//

const retsan_site_v1 *FieldTable::keepSite(const retsan_site_v1 *S,
                                           uint64_t Begin, uint64_t End) {
  uint64_t P = reinterpret_cast<uint64_t>(S);
  if (!S || P < Begin || P >= End)
    return S;
  auto *Copy = Memory.make<retsan_site_v1>();
  if (!Copy)
    return nullptr;
  *Copy = *S;
  Copy->field = nullptr;
  Copy->file = Memory.copyString(S->file);
  Copy->function = Memory.copyString(S->function);
  return Copy;
}

/// What threads know of places. They go on reading.
void FieldTable::forgetSites() {
  for (ThreadBlock *B : Blocks)
    for (ThreadBlock::KnownSite &K : B->Sites)
      storeRelaxed(K.Site, static_cast<const retsan_site_v1 *>(nullptr));
}

void FieldTable::unregisterModule(uint64_t Begin, uint64_t End) {
  forgetSites(); // another module may put its places there
  R.Stacks.forget(Begin, End);
  thread().LastSite = keepSite(thread().LastSite, Begin, End);
  for (uint32_t N = 1; N < NextInstance; ++N) {
    Instance &I = Pool[N];
    if (!I.Slot)
      continue;
    if (I.Slot >= Begin && I.Slot < End) {
      destroy(I);
      continue;
    }
    I.StoreSite = keepSite(I.StoreSite, Begin, End);
    I.LastUseSite = keepSite(I.LastUseSite, Begin, End);
    I.LastTouchSite = keepSite(I.LastTouchSite, Begin, End);
    I.FreedSite = keepSite(I.FreedSite, Begin, End);
    for (uint32_t E = 0; E != I.NumEntries; ++E)
      I.Entries[E].Site = keepSite(I.Entries[E].Site, Begin, End);
  }
  for (StateSums &St : Totals.States) {
    SiteList *Lists[] = {&St.StoredAt, &St.LastUsedAt, &St.FreedAt,
                         &St.EnteredAt, &St.UsedInStateAt};
    for (SiteList *L : Lists)
      for (uint32_t N = 0; N != L->Count; ++N)
        L->Sites[N] = keepSite(L->Sites[N], Begin, End);
    Life &L = St.Worst;
    L.StoreSite = keepSite(L.StoreSite, Begin, End);
    L.LastUseSite = keepSite(L.LastUseSite, Begin, End);
    L.EndSite = keepSite(L.EndSite, Begin, End);
  }
}

} // namespace retsan
