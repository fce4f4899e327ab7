//===- Instances.cpp - the slots that are known, and their lists ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From a slot's address to its instance. The back end `own` knows the slot's
// allocation by arithmetic, and that its instances, mostly one or two; all
// other slots, and those of allocations with many, are in a hash table. Each
// instance is in up to three lists: of its subject, of the allocation that
// holds it, and of the one that it points into. Under FieldTable::Mutex.
//
//===----------------------------------------------------------------------===//

#include "QuickPath.h"

#include <retsan/profile_format.h>
#include <string.h>

namespace retsan {

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
  bool Sure;
  if (Instance *I = ownedAt(Slot, Sure); I || Sure)
    return I;
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
  if (Instance *I = metAt(B, Slot))
    return I;
  Instance *I = findSlot(Slot);
  if (I)
    remember(B, Slot, *I);
  return I;
}

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

/// To be called before it enters its owner's list. Lists of up to MaxWalk are
/// walked, so their instances need no place in the table; all those of a longer
/// list have one.
void FieldTable::hashIfNeeded(Instance &I, uint32_t Owner) {
  if (Owner && R.Heap.Own.on()) {
    uint32_t First = R.Heap.lists(Owner).Owned, Length = 0;
    for (uint32_t N = First; N && Length <= MaxWalk; N = Pool[N].NextOwned)
      ++Length;
    if (Length < MaxWalk)
      return;
    for (uint32_t N = First; N && Length == MaxWalk; N = Pool[N].NextOwned)
      if (!Pool[N].Hashed)
        hashInsert(Pool[N].Slot, N);
  }
  hashInsert(I.Slot, indexOf(I));
}

void FieldTable::hashInsert(uint64_t Slot, uint32_t Index) {
  uint32_t P = hashOf(Slot) & (HashSize - 1);
  while (Hash[P])
    P = (P + 1) & (HashSize - 1);
  Hash[P] = Index;
  Pool[Index].Hashed = true;
  ++HashUsed;
}

void FieldTable::hashErase(Instance &I) {
  if (!I.Hashed)
    return;
  I.Hashed = false;
  uint64_t Slot = I.Slot;
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
  if (!Index || ((HashUsed + MaxWalk) * 2 > HashSize && !growHash())) {
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
  hashIfNeeded(I, Owner);
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
  uint32_t At = I.LooseAt - 1u, Last = --NumLoose;
  Loose[At] = Loose[Last];
  LooseValues[At] = LooseValues[Last];
  Pool[Loose[At]].LooseAt = static_cast<uint8_t>(At + 1);
  I.LooseAt = 0;
}

void FieldTable::bindOne(Instance &I) {
  dropLoose(I);
  if (uint32_t Target = I.Value ? R.Heap.find(I.Value) : 0)
    linkTarget(I, Target);
}

void FieldTable::bindLoose() {
  while (NumLoose)
    bindOne(Pool[Loose[NumLoose - 1]]);
  R.Heap.Own.watchOnly(nullptr, 0);
}

void FieldTable::bindLoose(uint64_t Begin, uint64_t End) {
  for (uint32_t N = NumLoose; N-- != 0;)
    if (LooseValues[N] - Begin <= End - Begin)
      bindOne(Pool[Loose[N]]);
  R.Heap.Own.watchOnly(LooseValues, NumLoose);
}

/// What accountValue does, for an instance in no state. Events come in bursts,
/// so most of the times are zero.
void FieldTable::accountQuickly(const Instance &I, const Moment &M) {
  SubjectSums &S = Totals.Subjects[I.SubjectIndex];
  uint64_t Size = I.TargetSize;
  auto Add = [Size](double &Sum, uint64_t From, uint64_t To) {
    if (RETSAN_UNLIKELY(To > From))
      Sum += static_cast<double>(Size) * static_cast<double>(To - From);
  };
  if (!I.hasUse()) {
    Add(S.VoidT, I.StoreTicks, M.Ticks);
    Add(S.VoidB, I.StoreBytes, M.Bytes);
    return;
  }
  Add(S.LagT, I.StoreTicks, I.FirstUseTicks);
  Add(S.LagB, I.StoreBytes, I.FirstUseBytes);
  Add(S.UseT, I.FirstUseTicks, I.LastUseTicks);
  Add(S.UseB, I.FirstUseBytes, I.LastUseBytes);
  Add(S.DragT, I.LastUseTicks, M.Ticks);
  Add(S.DragB, I.LastUseBytes, M.Bytes);
}

/// What setValue does, for an instance in no state.
void FieldTable::replaceValue(Instance &I, uint64_t Value,
                              const retsan_site_v1 *Site, const Moment &M) {
  if (I.TargetSize)
    accountQuickly(I, M);
  if (I.Target)
    unlinkTarget(I);
  storeRelaxed(I.Value, Value);
  I.StoreSite = Site;
  I.StoreTicks = M.Ticks;
  I.StoreBytes = M.Bytes;
  I.LastUseSite = I.LastTouchSite = I.FreedSite = nullptr;
  I.Uses = 0;
  I.TargetSize = 0;
  Value &= ShadowHeap::AddressMask; // a tag is no part of where it points
  if (I.LooseAt)
    LooseValues[I.LooseAt - 1] = Value;
  if (!Value || !R.Heap.Own.findSize(Value, I.TargetSize))
    return;
  if (!I.LooseAt) {
    if (RETSAN_UNLIKELY(NumLoose == MaxLoose))
      bindLoose();
    Loose[NumLoose++] = indexOf(I);
    I.LooseAt = static_cast<uint8_t>(NumLoose);
  }
  LooseValues[I.LooseAt - 1] = Value;
  if (RETSAN_UNLIKELY(!R.Heap.Own.watch(Value))) {
    R.Heap.Own.watchOnly(LooseValues, NumLoose);
    R.Heap.Own.watch(Value);
  }
}

void FieldTable::destroy(Instance &I) {
  endValue(I, {RETSAN_END_OWNER, thread().LastSite}, now());
  hashErase(I);
  unlinkOwner(I);
  dropLoose(I);
  Subject &S = *Subjects[I.SubjectIndex];
  if (I.PrevSubject)
    Pool[I.PrevSubject].NextSubject = I.NextSubject;
  else
    S.FirstInstance = I.NextSubject;
  if (I.NextSubject)
    Pool[I.NextSubject].PrevSubject = I.PrevSubject;
  I.setQuick(false);
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

} // namespace retsan
