//===- FieldTable.cpp - what each watched slot holds, and since when ------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The events and the lives of values; see FieldTable.h for the picture. How
// instances are found and linked is in Instances.cpp, who is registered and
// what a state reads in Registry.cpp, the tables that go to the profile are in
// Tables.cpp. Everything here runs under FieldTable::Mutex.
//
//===----------------------------------------------------------------------===//

#include "QuickPath.h"

#include <retsan/profile_format.h>
#include <string.h>

namespace retsan {

/// Stands for Instance::Freed where an ordinal of a state is wanted.
static constexpr uint16_t FreedOrdinal = 0xffff;

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
  I.setQuick(false);
  I.Uses = 0;
  I.TargetFreed = I.Inherited = false;
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
  if (!I.hasUse()) {
    I.FirstUseTicks = M.Ticks;
    I.FirstUseBytes = M.Bytes;
    I.Uses = Instance::UsedBit;
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
  I.setQuick(!In && !I.Inherited && !I.TargetFreed);
}

void FieldTable::addCounts(Sums &To) const {
  uint32_t Count = static_cast<uint32_t>(Subjects.size());
  for (uint32_t N = 0; N != Count && N != ThreadBlock::MaxSubjects; ++N)
    for (size_t B = 0; B != Blocks.size(); ++B) {
      const LoadCounts &C = Blocks[B]->Counts[N];
      SubjectSums &S = To.Subjects[N];
      S.Uses += loadRelaxed(C.Of[RETSAN_SITE_USE]);
      S.Tests += loadRelaxed(C.Of[RETSAN_SITE_TEST]);
      S.Releases += loadRelaxed(C.Of[RETSAN_SITE_RELEASE]);
      S.Stores += loadRelaxed(C.Of[RETSAN_SITE_STORE]);
      S.Clears += loadRelaxed(C.Of[LoadCounts::Clears]);
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
  const Subject &S = *Subjects[I.SubjectIndex];
  auto Holds = [&](uint32_t N) {
    const State &St = States[S.States[N]];
    return I.Value && (!St.WantsFreed || I.TargetFreed) && holds(I, St);
  };
  // Most instances are in no state, ever.
  uint32_t Count = static_cast<uint32_t>(S.States.size()), First = 0;
  if (!I.NumEntries)
    while (First != Count && !Holds(First))
      ++First;
  if (First == Count || !ensureEntries(I))
    return;
  for (uint32_t N = First; N != I.NumEntries; ++N) {
    bool Now = Holds(N);
    Entry &E = I.Entries[N];
    if (Now && !E.In)
      enter(I, E, static_cast<uint16_t>(N), Site, M, ByFree);
    else if (!Now && E.In)
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
  I.setQuick(false);
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
  ThreadBlock *B = thread().Block;
  if (!B || !S || S->Index >= ThreadBlock::MaxSubjects)
    return S;
  uint64_t *Counts = B->Counts[S->Index].Of;
  bool IsLoad = Site->kind <= RETSAN_SITE_RELEASE && S->Quick;
  ThreadBlock::KnownSite &K = B->Sites[sitePlace(Site)];
  K = {Site, &Pool[0], Instance::markOf(S->Index), S->Quick, nullptr, 0,
       S,    Counts};
  if (IsLoad) {
    K.Kind = Site->kind;
    K.Count = Counts + Site->kind;
  }
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

/// \p OnlyKnown: a slot that no event was of holds nothing yet. What a phase
/// variable is initialised before was often somebody else's.
void FieldTable::reread(Subject &S, uint64_t Field, const retsan_site_v1 *Site,
                        const Moment &M, bool OnlyKnown) {
  uint32_t Words = wordsOf(S);
  for (uint32_t N = 0; N != Words; ++N) {
    uint64_t Slot = slotOf(S, Field, N), Value;
    Instance *I = findSlot(Slot);
    if (!I && OnlyKnown)
      continue;
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
      reread(S, Address - P->Offset + S.Offset, Site, M, true);
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
  I.setQuick(false);
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
    hashErase(I);
    I.Field = I.Field - OldStart + NewStart;
    storeRelaxed(I.Slot, NewStart + Offset);
    I.setQuick(I.Key != 0);
    if (Instance *Other = findSlot(I.Slot))
      destroy(*Other);
    hashIfNeeded(I, NewId);
    linkOwner(I, NewId);
  }
}

} // namespace retsan
