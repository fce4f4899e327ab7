//===- FieldTable.cpp - what each watched slot holds, and since when ------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The events and the lives of instances; see FieldTable.h for the picture. Who
// is registered and what a state reads is in Registry.cpp, the tables that go
// to the profile are in Tables.cpp. Everything here runs under
// FieldTable::Mutex.
//
//===----------------------------------------------------------------------===//

#include "QuickPath.h"

#include <retsan/profile_format.h>
#include <string.h>

namespace retsan {

/// Stands for Instance::Freed where an ordinal of a state is wanted.
static constexpr uint16_t FreedOrdinal = 0xffff;

bool FieldTable::start(uint32_t Max) {
  MaxInstances = Max < 16 ? 16 : Max;
  Pool = static_cast<Instance *>(
      mapMemory((size_t(MaxInstances) + 1) * sizeof(Instance)));
  HashSize = 1024;
  Hash = static_cast<uint32_t *>(mapMemory(HashSize * sizeof(uint32_t)));
  return Pool && Hash;
}

//===----------------------------------------------------------------------===//
// Slots to instances: linear probing, deletion by shifting back
//===----------------------------------------------------------------------===//

static uint32_t hashOf(uint64_t Slot) {
  return static_cast<uint32_t>((Slot >> 3) * 0x9e3779b97f4a7c15u >> 32);
}

Instance *FieldTable::findSlot(uint64_t Slot) {
  for (uint32_t P = hashOf(Slot) & (HashSize - 1); Hash[P];
       P = (P + 1) & (HashSize - 1))
    if (Pool[Hash[P]].Slot == Slot)
      return &Pool[Hash[P]];
  return nullptr;
}

/// The slot that a thread meets is mostly one that it met before.
Instance *FieldTable::meet(uint64_t Slot) {
  ThreadBlock *B = thread().Block;
  if (RETSAN_UNLIKELY(!B)) {
    takeBlock();
    return findSlot(Slot);
  }
  Instance *&Place = B->Slots[slotPlace(Slot)];
  if (Place && Place->Slot == Slot)
    return Place;
  Instance *I = findSlot(Slot);
  if (I)
    Place = I;
  return I;
}

bool FieldTable::threadHasBlock() { return thread().Block; }

bool FieldTable::growHash() {
  uint32_t OldSize = HashSize, *Old = Hash;
  auto *New = static_cast<uint32_t *>(
      mapMemory(size_t(OldSize) * 2 * sizeof(uint32_t)));
  if (!New)
    return false;
  Hash = New;
  HashSize = OldSize * 2;
  HashUsed = 0;
  for (uint32_t P = 0; P != OldSize; ++P)
    if (Old[P])
      hashInsert(Pool[Old[P]].Slot, Old[P]);
  unmapMemory(Old, OldSize * sizeof(uint32_t));
  return true;
}

void FieldTable::hashInsert(uint64_t Slot, uint32_t Index) {
  uint32_t P = hashOf(Slot) & (HashSize - 1);
  while (Hash[P])
    P = (P + 1) & (HashSize - 1);
  Hash[P] = Index;
  ++HashUsed;
}

void FieldTable::hashErase(uint64_t Slot) {
  uint32_t Mask = HashSize - 1, P = hashOf(Slot) & Mask;
  while (Hash[P] && Pool[Hash[P]].Slot != Slot)
    P = (P + 1) & Mask;
  if (!Hash[P])
    return;
  --HashUsed;
  for (uint32_t Next = (P + 1) & Mask; Hash[Next]; Next = (Next + 1) & Mask) {
    uint32_t Home = hashOf(Pool[Hash[Next]].Slot) & Mask;
    // It may move to P unless its home lies cyclically in (P, Next].
    if (((Next - Home) & Mask) >= ((Next - P) & Mask)) {
      Hash[P] = Hash[Next];
      P = Next;
    }
  }
  Hash[P] = 0;
}

//===----------------------------------------------------------------------===//
// Instances and their lists
//===----------------------------------------------------------------------===//

bool FieldTable::trackable(uint64_t Slot, uint32_t &Owner) const {
  Owner = R.Heap.find(Slot);
  if (Owner) {
    return Slot + sizeof(void *) <=
           R.Heap.startOf(Owner) + R.Heap.sizeOf(Owner);
  }
  return isLocal(Slot) || isGlobal(Slot) || isUserRoot(Slot);
}

Instance *FieldTable::instanceAt(Subject &S, uint64_t Field, uint64_t Slot) {
  if (Instance *I = meet(Slot)) {
    if (I->SubjectIndex == S.Index)
      return I;
    // The same word under another field (a union): it starts a new life.
    destroy(*I);
  }
  uint32_t Owner = 0;
  if (!S.Global && !trackable(Slot, Owner)) {
    ++Totals.Subjects[S.Index].Dropped;
    return nullptr;
  }
  return create(S, Field, Slot, Owner);
}

Instance *FieldTable::create(Subject &S, uint64_t Field, uint64_t Slot,
                             uint32_t Owner) {
  uint32_t Index = FreeInstance;
  if (Index)
    FreeInstance = Pool[Index].NextSubject;
  else if (NextInstance <= MaxInstances)
    Index = NextInstance++;
  if (!Index || (HashUsed * 2 > HashSize && !growHash())) {
    ++Totals.Subjects[S.Index].Dropped;
    if (!SaidFull)
      note(Text() << "more than " << MaxInstances
                  << " field instances at one time: the rest is not tracked "
                     "(max_instances)");
    SaidFull = true;
    return nullptr;
  }
  Instance &I = Pool[Index];
  Entry *Entries = I.Entries;
  uint16_t Capacity = I.EntryCapacity;
  memset(&I, 0, sizeof I);
  I.Entries = Entries;
  I.EntryCapacity = Capacity;
  storeRelaxed(I.Slot, Slot);
  I.Of = &S;
  I.Field = Field;
  I.SubjectIndex = S.Index;
  I.NextSubject = S.FirstInstance;
  if (S.FirstInstance)
    Pool[S.FirstInstance].PrevSubject = Index;
  S.FirstInstance = Index;
  hashInsert(Slot, Index);
  linkOwner(I, Owner);
  ++Totals.Subjects[S.Index].Slots;
  return &I;
}

void FieldTable::linkOwner(Instance &I, uint32_t Owner) {
  I.Owner = Owner;
  I.NextOwned = I.PrevOwned = 0;
  if (!Owner)
    return;
  AllocLists &A = R.Heap.lists(Owner);
  I.NextOwned = A.Owned;
  if (A.Owned)
    Pool[A.Owned].PrevOwned = indexOf(I);
  storeRelaxed(A.Owned, indexOf(I));
  R.Heap.setListed(Owner);
}

void FieldTable::unlinkOwner(Instance &I) {
  if (!I.Owner)
    return;
  if (I.PrevOwned)
    Pool[I.PrevOwned].NextOwned = I.NextOwned;
  else
    storeRelaxed(R.Heap.lists(I.Owner).Owned, I.NextOwned);
  if (I.NextOwned)
    Pool[I.NextOwned].PrevOwned = I.PrevOwned;
  I.Owner = 0;
}

void FieldTable::unlinkTarget(Instance &I) {
  dropLoose(I);
  if (!I.Target)
    return;
  AllocLists &A = R.Heap.lists(I.Target);
  if (I.PrevIn)
    Pool[I.PrevIn].NextIn = I.NextIn;
  else
    storeRelaxed(A.Incoming, I.NextIn);
  if (I.NextIn)
    Pool[I.NextIn].PrevIn = I.PrevIn;
  if (R.Heap.state(I.Target) == AllocState::Freed && !A.Incoming && !A.Owned)
    R.Heap.recycle(I.Target);
  I.Target = I.NextIn = I.PrevIn = 0;
}

//===----------------------------------------------------------------------===//
// Values whose targets do not know of them yet
//===----------------------------------------------------------------------===//

void FieldTable::dropLoose(Instance &I) {
  if (!I.LooseAt)
    return;
  uint32_t Last = Loose[--NumLoose];
  Loose[I.LooseAt - 1] = Last;
  Pool[Last].LooseAt = I.LooseAt;
  I.LooseAt = 0;
}

void FieldTable::bindLoose() {
  for (uint32_t N = 0; N != NumLoose; ++N) {
    Instance &I = Pool[Loose[N]];
    I.LooseAt = 0;
    if (uint32_t Target = I.Value ? R.Heap.find(I.Value) : 0)
      linkTarget(I, Target);
  }
  NumLoose = 0;
  R.Heap.Own.unwatchAll();
}

/// What setValue does, for an instance in no state.
void FieldTable::replaceValue(Instance &I, uint64_t Value,
                              const retsan_site_v1 *Site, const Moment &M) {
  if (I.Value)
    accountValue(I, M, Totals);
  if (I.Target)
    unlinkTarget(I);
  storeRelaxed(I.Value, Value);
  I.StoreSite = Site;
  I.StoreTicks = M.Ticks;
  I.StoreBytes = M.Bytes;
  I.LastUseSite = I.LastTouchSite = I.FreedSite = nullptr;
  I.HasUse = false;
  I.TargetSize = 0;
  uint32_t Target = Value ? R.Heap.find(Value) : 0;
  if (!Target)
    return;
  I.TargetSize = R.Heap.sizeOf(Target);
  R.Heap.Own.watch(Value);
  if (I.LooseAt)
    return;
  if (RETSAN_UNLIKELY(NumLoose == MaxLoose)) {
    bindLoose();
    R.Heap.Own.watch(Value);
  }
  Loose[NumLoose++] = indexOf(I);
  I.LooseAt = static_cast<uint8_t>(NumLoose);
}

void FieldTable::destroy(Instance &I) {
  endValue(I, {RETSAN_END_OWNER, thread().LastSite}, now());
  hashErase(I.Slot);
  unlinkOwner(I);
  dropLoose(I);
  Subject &S = *Subjects[I.SubjectIndex];
  if (I.PrevSubject)
    Pool[I.PrevSubject].NextSubject = I.NextSubject;
  else
    S.FirstInstance = I.NextSubject;
  if (I.NextSubject)
    Pool[I.NextSubject].PrevSubject = I.PrevSubject;
  storeRelaxed(I.Slot, uint64_t(0));
  I.NextSubject = FreeInstance;
  FreeInstance = indexOf(I);
}

bool FieldTable::ensureEntries(Instance &I) {
  size_t Want = Subjects[I.SubjectIndex]->States.size();
  if (I.NumEntries == Want)
    return true;
  if (I.EntryCapacity < Want) {
    auto *New = Memory.make<Entry>(Want);
    if (!New)
      return false;
    if (I.NumEntries)
      memcpy(New, I.Entries, I.NumEntries * sizeof(Entry));
    I.Entries = New;
    I.EntryCapacity = static_cast<uint16_t>(Want);
  }
  memset(I.Entries + I.NumEntries, 0, (Want - I.NumEntries) * sizeof(Entry));
  I.NumEntries = static_cast<uint16_t>(Want);
  return true;
}

//===----------------------------------------------------------------------===//
// The life of a value
//===----------------------------------------------------------------------===//

void FieldTable::setValue(Instance &I, uint64_t Value,
                          const retsan_site_v1 *Site, const Moment &M) {
  endValue(I, {RETSAN_END_STORED, Site}, M);
  dropLoose(I);
  storeRelaxed(I.Value, Value);
  I.StoreSite = Site;
  I.StoreTicks = M.Ticks;
  I.StoreBytes = M.Bytes;
  I.LastUseSite = I.LastTouchSite = I.FreedSite = nullptr;
  storeRelaxed(I.Quick, false);
  I.HasUse = I.TargetFreed = I.Inherited = false;
  I.TargetSize = 0;
  if (!Value)
    return;
  if (uint32_t Target = R.Heap.find(Value)) {
    I.TargetSize = R.Heap.sizeOf(Target);
    linkTarget(I, Target);
  }
}

void FieldTable::linkTarget(Instance &I, uint32_t Target) {
  AllocLists &A = R.Heap.lists(Target);
  I.Target = Target;
  I.PrevIn = 0;
  I.NextIn = A.Incoming;
  if (A.Incoming)
    Pool[A.Incoming].PrevIn = indexOf(I);
  storeRelaxed(A.Incoming, indexOf(I));
  R.Heap.setListed(Target);
}

void FieldTable::endValue(Instance &I, const Ending &By, const Moment &M) {
  if (!I.Value)
    return;
  for (uint32_t N = 0; N != I.NumEntries; ++N)
    if (I.Entries[N].In)
      leave(I, N, I.Entries[N], By, M);
  if (!I.Inherited)
    accountValue(I, M, Totals);
  unlinkTarget(I);
  storeRelaxed(I.Value, uint64_t(0));
}

void FieldTable::touch(Instance &I, const retsan_site_v1 *Site) {
  ThreadState &T = thread();
  I.LastTouchSite = Site;
  I.TouchTid = T.Tid;
  I.TouchDepth = static_cast<uint16_t>(scope().depth);
  if (I.Inherited) {
    // The child takes over what its parent left: from here on it is its own.
    I.Inherited = false;
  }
}

static void countAccess(SubjectSums &S, uint32_t Kind) {
  if (Kind == RETSAN_SITE_TEST)
    ++S.Tests;
  else if (Kind == RETSAN_SITE_RELEASE)
    ++S.Releases;
  else
    ++S.Uses;
}

void FieldTable::access(Instance &I, const retsan_site_v1 *Site,
                        const Moment &M) {
  if (Site->kind == RETSAN_SITE_TEST || Site->kind == RETSAN_SITE_RELEASE)
    touch(I, Site);
  else
    use(I, Site, M);
  settleQuick(I);
}

void FieldTable::use(Instance &I, const retsan_site_v1 *Site, const Moment &M) {
  touch(I, Site);
  if (!I.HasUse) {
    I.FirstUseTicks = M.Ticks;
    I.FirstUseBytes = M.Bytes;
    I.HasUse = true;
  }
  I.LastUseTicks = M.Ticks;
  I.LastUseBytes = M.Bytes;
  I.LastUseSite = Site;
  for (uint32_t N = 0; N != I.NumEntries; ++N) {
    Entry &E = I.Entries[N];
    if (!E.In)
      continue;
    if (isTransient(E, Site)) {
      // Its function is still at work: the state begins after this use.
      E.Ticks = M.Ticks;
      E.Bytes = M.Bytes;
      continue;
    }
    E.Used = true;
    uint32_t St = Subjects[I.SubjectIndex]->States[N];
    if (Totals.States[St].UsedInStateAt.add(Site) && R.Trip != Tripwire::Off)
      trap(I, St, Site, RETSAN_TRAP_USE, thread().HookPc);
    if (I.Poisoned)
      heal(I);
  }
}

/// From here on, loads of this value may go the quick path until a state is
/// entered.
void FieldTable::settleQuick(Instance &I) {
  bool In = false;
  for (uint32_t N = 0; N != I.NumEntries; ++N)
    In |= I.Entries[N].In;
  storeRelaxed(I.Quick, !In && !I.Inherited && !I.TargetFreed);
}

void FieldTable::addCounts(Sums &To) const {
  uint32_t Count = static_cast<uint32_t>(Subjects.size());
  for (uint32_t N = 0; N != Count && N != ThreadBlock::MaxSubjects; ++N)
    for (size_t B = 0; B != Blocks.size(); ++B) {
      const LoadCounts &C = Blocks[B]->Counts[N];
      To.Subjects[N].Uses += loadRelaxed(C.Uses);
      To.Subjects[N].Tests += loadRelaxed(C.Tests);
      To.Subjects[N].Releases += loadRelaxed(C.Releases);
      To.Subjects[N].Stores += loadRelaxed(C.Stores);
      To.Subjects[N].Clears += loadRelaxed(C.Clears);
    }
}

//===----------------------------------------------------------------------===//
// States
//===----------------------------------------------------------------------===//

/// A state that is entered and left by one run of one function was never
/// quiescent: `growing = 0; old = NULL;`, `free(p->buf); p->buf = NULL;`. Where
/// the passes tell when functions return, that decides. Else places do: later
/// in the same function of the same thread counts as the same run.
bool FieldTable::isTransient(const Entry &E, const retsan_site_v1 *Site) const {
  if (E.Settled || E.Tid != thread().Tid)
    return false;
  if (E.Pending)
    return true;
  return Site && E.Site && Site->line >= E.Site->line &&
         !compareStrings(Site->function, E.Site->function) &&
         !compareStrings(Site->file, E.Site->file);
}

void FieldTable::evaluate(Instance &I, const retsan_site_v1 *Site,
                          const Moment &M, bool ByFree) {
  if (!ensureEntries(I))
    return;
  const Subject &S = *Subjects[I.SubjectIndex];
  for (uint32_t N = 0; N != I.NumEntries; ++N) {
    const State &St = States[S.States[N]];
    bool Holds = I.Value && (!St.WantsFreed || I.TargetFreed) && holds(I, St);
    Entry &E = I.Entries[N];
    if (Holds && !E.In)
      enter(I, E, static_cast<uint16_t>(N), Site, M, ByFree);
    else if (!Holds && E.In)
      leave(I, N, E, {RETSAN_END_STATE, Site}, M);
  }
  // Without scopes, what is done to a dead slot waits for an event that is
  // certainly of another operation. A load is no such event: its value is
  // taken.
  if (RETSAN_LIKELY(!R.Acts) || !Site || Site->kind == RETSAN_SITE_USE ||
      Site->kind == RETSAN_SITE_TEST || Site->kind == RETSAN_SITE_RELEASE)
    return;
  for (uint32_t N = 0; N != I.NumEntries; ++N)
    if (I.Entries[N].In && !isTransient(I.Entries[N], Site))
      settled(I, I.Entries[N], M);
}

void FieldTable::enter(Instance &I, Entry &E, uint16_t Ordinal,
                       const retsan_site_v1 *Site, const Moment &M,
                       bool ByFree) {
  ThreadState &T = thread();
  storeRelaxed(I.Quick, false);
  E = {};
  E.In = true;
  E.Ticks = M.Ticks;
  E.Bytes = M.Bytes;
  E.Tid = T.Tid;
  E.Serial = ++Serial;
  E.Site = Site;
  uint32_t Depth = scope().depth;
  if (ByFree) {
    // The function that frees may be a helper; the one that will clear the
    // field is the one that took the pointer out of it.
    E.Site = I.LastTouchSite;
    if (I.LastTouchSite && I.TouchTid == T.Tid && I.TouchDepth < Depth)
      Depth = I.TouchDepth;
  }
  if (Depth && scope().pending != ThreadState::MaxPending) {
    E.Pending = true;
    T.Pending[scope().pending++] = {indexOf(I), E.Serial, Ordinal,
                                    static_cast<uint16_t>(Depth)};
  }
}

void FieldTable::onScopeLeave(uint32_t Depth) {
  ThreadState &T = thread();
  uint32_t Kept = 0;
  for (uint32_t N = 0; N != scope().pending; ++N) {
    PendingEntry P = T.Pending[N];
    if (P.Depth <= Depth) {
      T.Pending[Kept++] = P;
      continue;
    }
    Instance &I = Pool[P.Instance];
    if (!I.Slot)
      continue;
    if (P.State == FreedOrdinal && I.Freed.Serial == P.Serial)
      I.Freed.Settled = true;
    else if (P.State < I.NumEntries && I.Entries[P.State].Serial == P.Serial) {
      I.Entries[P.State].Settled = true;
      if (RETSAN_UNLIKELY(R.Acts) && I.Entries[P.State].In)
        settled(I, I.Entries[P.State], now());
    }
  }
  scope().pending = Kept;
}

void FieldTable::leave(Instance &I, uint32_t Ordinal, Entry &E,
                       const Ending &By, const Moment &M) {
  E.In = false;
  if (I.Poisoned)
    heal(I);
  if (!isTransient(E, By.Site) && !I.Inherited)
    account(I, Ordinal, E, I.TargetFreed && !isTransient(I.Freed, By.Site), By,
            M, Totals);
}

//===----------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------===//

Subject *FieldTable::subjectOf(const Instance *Known,
                               const retsan_site_v1 *Site) {
  uint64_t Id = Site->field->subject_id;
  Subject *S = Known && Known->Of->Id == Id ? Known->Of : findSubject(Id);
  if (ThreadBlock *B = thread().Block; B && S)
    B->Sites[sitePlace(Site)] = {Site, S};
  return S;
}

void FieldTable::onStore(const retsan_site_v1 *Site, void *Field, void **Slot,
                         void *Value) {
  uint64_t Address = reinterpret_cast<uint64_t>(Slot);
  Instance *Known = meet(Address);
  Subject *S = subjectOf(Known, Site);
  if (!S)
    return;
  ++(Value ? Totals.Subjects[S->Index].Stores
           : Totals.Subjects[S->Index].Clears);
  if (!Value && !Known)
    return;
  Instance *I = instanceAt(*S, reinterpret_cast<uint64_t>(Field), Address);
  if (!I)
    return;
  Moment M = now();
  setValue(*I, plainValue(reinterpret_cast<uint64_t>(Value)), Site, M);
  evaluate(*I, Site, M, false);
  settleQuick(*I);
}

void FieldTable::onLoad(const retsan_site_v1 *Site, void *Field, void **Slot,
                        void *Value) {
  uint64_t Address = reinterpret_cast<uint64_t>(Slot),
           V = plainValue(reinterpret_cast<uint64_t>(Value));
  Instance *Known = meet(Address);
  Subject *S = subjectOf(Known, Site);
  if (!S)
    return;
  countAccess(Totals.Subjects[S->Index], Site->kind);
  if (!V && !Known)
    return;
  Instance *I = instanceAt(*S, reinterpret_cast<uint64_t>(Field), Address);
  if (!I)
    return;
  Moment M = now();
  if (I->Value != V)
    setValue(*I, V, nullptr, M); // stored where nobody looked
  evaluate(*I, Site, M, false);
  if (V)
    access(*I, Site, M);
}

static uint32_t wordsOf(const Subject &S) {
  return S.Flags & RETSAN_FIELD_ARRAY ? S.Size / sizeof(void *) : 1;
}

static uint64_t slotOf(const Subject &S, uint64_t Field, uint32_t N) {
  if (S.Flags & RETSAN_FIELD_OWNER)
    return Field + S.OwnerSlot;
  return Field + N * sizeof(void *);
}

void FieldTable::reread(Subject &S, uint64_t Field, const retsan_site_v1 *Site,
                        const Moment &M) {
  uint32_t Words = wordsOf(S);
  for (uint32_t N = 0; N != Words; ++N) {
    uint64_t Slot = slotOf(S, Field, N), Value;
    Instance *I = findSlot(Slot);
    uint32_t Owner;
    if (!I && !S.Global && !trackable(Slot, Owner))
      return;
    memcpy(&Value, reinterpret_cast<void *>(Slot), sizeof Value);
    Value = plainValue(Value);
    if (!I && !Value)
      continue;
    I = instanceAt(S, Field, Slot);
    if (!I)
      return;
    if (I->Value != Value)
      setValue(*I, Value, Site, M);
    evaluate(*I, Site, M, false);
  }
}

void FieldTable::onPhase(const retsan_site_v1 *Site, void *Addr) {
  Subject *P = subjectOf(nullptr, Site);
  if (!P)
    return;
  Moment M = now();
  uint64_t Address = reinterpret_cast<uint64_t>(Addr);
  for (uint32_t Index : P->Suspects) {
    Subject &S = *Subjects[Index];
    if (S.Global)
      reread(S, reinterpret_cast<uint64_t>(S.Global), Site, M);
    else if (sameRecord(*P, S))
      reread(S, Address - P->Offset + S.Offset, Site, M);
    else
      for (uint32_t I = S.FirstInstance, Next; I; I = Next) {
        Next = Pool[I].NextSubject;
        evaluate(Pool[I], Site, M, false);
      }
  }
}

void FieldTable::onRefresh(const retsan_site_v1 *Site, void *Field) {
  if (Subject *S = findSubject(Site->field->subject_id))
    reread(*S, reinterpret_cast<uint64_t>(Field), Site, now());
}

void FieldTable::onEscape(const retsan_site_v1 *Site, void *Field) {
  Subject *S = findSubject(Site->field->subject_id);
  if (!S)
    return;
  countAccess(Totals.Subjects[S->Index], Site->kind);
  Moment M = now();
  uint64_t Address = reinterpret_cast<uint64_t>(Field);
  reread(*S, Address, nullptr, M);
  for (uint32_t N = 0; N != wordsOf(*S); ++N)
    if (Instance *I = findSlot(slotOf(*S, Address, N)))
      if (I->Value)
        access(*I, Site, M);
}

void FieldTable::onThrough(const retsan_site_v1 *Site, void **Slot,
                           void *Value) {
  Instance *I = findSlot(reinterpret_cast<uint64_t>(Slot));
  if (!I || I->Of->Id != Site->field->subject_id)
    return;
  void *Field = reinterpret_cast<void *>(I->Field);
  switch (Site->kind) {
  case RETSAN_SITE_STORE:
    return onStore(Site, Field, Slot, Value);
  case RETSAN_SITE_ESCAPE:
    return onEscape(Site, Field);
  case RETSAN_SITE_REFRESH:
    return onRefresh(Site, Field);
  default:
    return onLoad(Site, Field, Slot, Value);
  }
}

void FieldTable::onRange(const retsan_site_v1 *Site, void *Dst, size_t Size) {
  Subject *Any = findSubject(Site->field->subject_id);
  if (!Any)
    return;
  Moment M = now();
  uint64_t Base = reinterpret_cast<uint64_t>(Dst);
  if (Any->Global || !Any->RecordSize) {
    for (uint32_t N = 0; N != Subjects.size(); ++N) {
      Subject &S = *Subjects[N];
      uint64_t G = reinterpret_cast<uint64_t>(S.Global);
      if (G && S.Role == RETSAN_ROLE_SUSPECT && G >= Base && G < Base + Size)
        reread(S, G, Site, M);
    }
    return;
  }
  for (uint32_t N = 0; N != Subjects.size(); ++N) {
    Subject &S = *Subjects[N];
    if (S.Role != RETSAN_ROLE_SUSPECT || (&S != Any && !sameRecord(*Any, S)))
      continue;
    for (uint64_t At = S.Offset; At + sizeof(void *) <= Size;
         At += S.RecordSize)
      reread(S, Base + At, Site, M);
  }
}

//===----------------------------------------------------------------------===//
// The heap's events
//===----------------------------------------------------------------------===//

void FieldTable::targetFreed(Instance &I, const Moment &M) {
  I.TargetFreed = true;
  storeRelaxed(I.Quick, false);
  I.FreedTicks = M.Ticks;
  I.FreedBytes = M.Bytes;
  if (I.LastTouchSite && I.LastTouchSite->kind == RETSAN_SITE_RELEASE)
    I.FreedSite = I.LastTouchSite;
  enter(I, I.Freed, FreedOrdinal, I.LastTouchSite, M, true);
  evaluate(I, I.LastTouchSite, M, true);
}

bool FieldTable::onFree(uint32_t Id) {
  AllocLists &A = R.Heap.lists(Id);
  while (A.Owned)
    destroy(Pool[A.Owned]);
  Moment M = now();
  for (uint32_t N = A.Incoming, Next; N; N = Next) {
    Instance &I = Pool[N];
    Next = I.NextIn;
    targetFreed(I, M);
  }
  if (!A.Incoming)
    return false;
  // Its memory may be another allocation soon: what points there now belongs to
  // the old one.
  uint32_t First = A.Incoming, Kept = R.Heap.keepFreed(Id);
  if (Kept == Id)
    return true;
  for (uint32_t N = First, Next; N; N = Next) {
    Next = Pool[N].NextIn;
    Pool[N].Target = Kept;
    if (!Kept)
      Pool[N].NextIn = Pool[N].PrevIn = 0;
  }
  return false;
}

void FieldTable::onMove(uint32_t OldId, uint32_t NewId) {
  uint64_t OldStart = R.Heap.startOf(OldId), NewStart = R.Heap.startOf(NewId);
  uint64_t NewSize = R.Heap.sizeOf(NewId);
  uint32_t N = R.Heap.lists(OldId).Owned;
  while (N) {
    Instance &I = Pool[N];
    N = I.NextOwned;
    uint64_t Offset = I.Slot - OldStart;
    if (Offset + sizeof(void *) > NewSize) {
      destroy(I);
      continue;
    }
    unlinkOwner(I);
    hashErase(I.Slot);
    I.Field = I.Field - OldStart + NewStart;
    storeRelaxed(I.Slot, NewStart + Offset);
    if (Instance *Other = findSlot(I.Slot))
      destroy(*Other);
    hashInsert(I.Slot, indexOf(I));
    linkOwner(I, NewId);
  }
}

} // namespace retsan
