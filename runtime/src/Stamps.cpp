//===- Stamps.cpp - when each allocation was last used --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Stamps.h. A stamp that another thread writes while it is folded may be
// lost: the next use brings it back.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <string.h>

namespace retsan {

static uint8_t Nobody; ///< What stamps hit before the runtime starts.

} // namespace retsan

using namespace retsan;

extern "C" {
__attribute__((visibility("default"))) retsan_stamps_v1 __retsan_stamps_v1 = {
    &Nobody, 0, 1};
}

namespace retsan {

static constexpr uint64_t ShadowSize = uint64_t(1) << 43;
static constexpr uint64_t MaxIds = uint64_t(1) << 32;
static constexpr uint32_t MaxByte = 255;

double AgeSums::bound(uint32_t Class) {
  static const double Bounds[Max] = {0, 1, 4, 16, 64, 256, 1024, -1};
  return Bounds[Class];
}

static uint64_t granuleOf(uint64_t Address) {
  return (Address & ShadowHeap::AddressMask) >> 4;
}

uint64_t Stamps::clockBytes() { return loadRelaxed(R.BytesAllocated); }

bool Stamps::start() {
  if (Shadow || Failed)
    return Shadow;
  void *Bytes = mapTable(ShadowSize);
  Lives = static_cast<Life *>(mapTable(MaxIds * sizeof(Life)));
  if (!Bytes || !Lives || !Begins.push(now()) || !Begins.push(now())) {
    Failed = true;
    return false;
  }
  NextEpochAt = clockBytes() + 65536;
  __retsan_stamps_v1.base = static_cast<uint8_t *>(Bytes);
  __retsan_stamps_v1.epoch = Epoch - EpochBase;
  // Last: with a mask of 0 only the first byte is written.
  storeRelease(__retsan_stamps_v1.mask, ShadowHeap::AddressMask);
  storeRelease(Shadow, static_cast<uint8_t *>(Bytes));
  return true;
}

//===----------------------------------------------------------------------===//
// Epochs
//===----------------------------------------------------------------------===//

void Stamps::nextEpoch() {
  RuntimeScope Scope;
  Mutex.lock();
  uint64_t Bytes = clockBytes();
  if (Bytes >= NextEpochAt && Begins.push(now())) {
    // Long enough that the table stays small (the first term) and that folding,
    // which looks at each allocation, stays cheap (the second).
    uint64_t Length = Bytes / 8192, Fold = uint64_t(R.Heap.limit()) * 2;
    Length = Length > Fold ? Length : Fold;
    storeRelaxed(NextEpochAt, Bytes + (Length > 65536 ? Length : 65536));
    if (Epoch - EpochBase == MaxByte)
      fold();
    ++Epoch;
    storeRelaxed(__retsan_stamps_v1.epoch, uint64_t(Epoch - EpochBase));
  }
  Mutex.unlock();
}

/// Moves all stamps into the lives, so that bytes can count from 1 again.
void Stamps::fold() {
  storeRelaxed(R.QuickOff, true); // lives hold something from here on
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id)
    if (R.Heap.state(Id) == AllocState::Live)
      if (uint32_t Last = take(Id))
        Lives[Id].Last = Last;
  EpochBase = Epoch;
}

uint32_t Stamps::take(uint32_t Id) {
  uint64_t Start = R.Heap.startOf(Id), Size = R.Heap.sizeOf(Id);
  uint8_t *Begin = Shadow + granuleOf(Start),
          *End = Shadow + granuleOf(Start + (Size ? Size - 1 : 0)) + 1;
  uint8_t Youngest = 0;
  for (uint8_t *P = Begin; P < End;) {
    uint64_t Word;
    if (!(reinterpret_cast<uint64_t>(P) & 7) && P + 8 <= End) {
      memcpy(&Word, P, 8);
      if (!Word) {
        P += 8;
        continue;
      }
    }
    if (*P) {
      Youngest = *P > Youngest ? *P : Youngest;
      *P = 0;
    }
    ++P;
  }
  if (!Youngest)
    return 0;
  // A byte of memory that was freed and used all the same may be of an epoch
  // before the last fold.
  return EpochBase + Youngest < Epoch ? EpochBase + Youngest : Epoch;
}

Moment Stamps::endOf(uint32_t E, const Moment &Now) const {
  return E + 1 < Begins.size() ? Begins[E + 1] : Now;
}

//===----------------------------------------------------------------------===//
// Lives
//===----------------------------------------------------------------------===//

void Stamps::birth(uint32_t Id) { Lives[Id] = {0, loadRelaxed(Epoch), 0}; }

SubjectSums *Stamps::sumsOf(uint32_t Subject) {
  while (Held.size() <= Subject)
    if (!Held.push({}))
      return nullptr;
  return &Held[Subject];
}

static double between(uint64_t From, uint64_t To) {
  return To > From ? static_cast<double>(To - From) : 0;
}

void Stamps::account(const Life &L, uint64_t Size, const Moment &Now,
                     SubjectSums &S) const {
  double Bytes = static_cast<double>(Size);
  const Moment &Born = Begins[L.Birth];
  if (!L.Last) {
    S.VoidT += Bytes * between(Born.Ticks, Now.Ticks);
    S.VoidB += Bytes * between(Born.Bytes, Now.Bytes);
    return;
  }
  Moment Used = endOf(L.Last, Now);
  S.UseT += Bytes * between(Born.Ticks, Used.Ticks);
  S.UseB += Bytes * between(Born.Bytes, Used.Bytes);
  S.DragT += Bytes * between(Used.Ticks, Now.Ticks);
  S.DragB += Bytes * between(Used.Bytes, Now.Bytes);
}

void Stamps::death(uint32_t Id) {
  uint32_t Last = take(Id);
  Life &L = Lives[Id];
  if (Last)
    L.Last = Last;
  if (!L.Subject)
    return;
  Moment Now = now();
  Mutex.lock();
  if (SubjectSums *S = sumsOf(L.Subject - 1))
    account(L, R.Heap.sizeOf(Id), Now, *S);
  Mutex.unlock();
  L.Subject = 0;
}

void Stamps::move(uint32_t OldId, uint32_t NewId) {
  uint32_t Last = take(OldId);
  if (!R.QuickOff) { // as long as lives are empty, the stamp itself goes along
    Shadow[granuleOf(R.Heap.startOf(NewId))] = static_cast<uint8_t>(Last);
    return;
  }
  Lives[NewId] = Lives[OldId];
  if (Last)
    Lives[NewId].Last = Last;
  Lives[OldId].Subject = 0;
}

/// Index of the site's subject; leaves Mutex locked.
uint32_t Stamps::subjectOf(const retsan_site_v1 *Site) {
  auto &C = Cache[reinterpret_cast<uint64_t>(Site) / 32 % 1024];
  Mutex.lock();
  if (RETSAN_LIKELY(C.Site == Site))
    return C.Subject;
  Mutex.unlock();
  R.Fields.Mutex.lock();
  uint32_t Subject = R.Fields.subjectIndex(Site->field->subject_id);
  R.Fields.Mutex.unlock();
  Mutex.lock();
  C = {Site, Subject};
  return Subject;
}

void Stamps::forgetSites() {
  Mutex.lock();
  memset(Cache, 0, sizeof Cache);
  Mutex.unlock();
}

void Stamps::wipe(uint64_t Begin, uint64_t Size) {
  // The granule of Begin is shared with what stays.
  uint64_t First = granuleOf(Begin + 15), End = granuleOf(Begin + Size + 15);
  if (First < End)
    memset(Shadow + First, 0, End - First);
}

void Stamps::hold(const retsan_site_v1 *Site, uint64_t Value) {
  uint32_t Id = R.Heap.find(Value);
  uint32_t Subject = subjectOf(Site);
  if (SubjectSums *S = Subject == ~0u ? nullptr : sumsOf(Subject)) {
    ++S->Stores;
    if (Id)
      Lives[Id].Subject = Subject + 1;
  }
  Mutex.unlock();
}

AgeSums Stamps::ages() {
  AgeSums Out;
  storeRelaxed(R.QuickOff, true);
  Moment Now = now();
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id) {
    if (R.Heap.state(Id) != AllocState::Live)
      continue;
    Life &L = Lives[Id];
    if (uint32_t Last = take(Id))
      L.Last = Last;
    uint32_t Class = AgeSums::Max - 1;
    if (L.Last) {
      double Age = between(endOf(L.Last, Now).Bytes, Now.Bytes) * 1e-6;
      for (Class = AgeSums::Max - 2; Class && Age < AgeSums::bound(Class);)
        --Class;
    }
    Out.Bytes[Class] += R.Heap.sizeOf(Id);
    ++Out.Objects[Class];
  }
  return Out;
}

void Stamps::addTo(Sums &Into) {
  if (!on())
    return;
  Moment Now = now();
  Mutex.lock();
  MapVector<SubjectSums> All;
  for (const SubjectSums &S : Held)
    All.push(S);
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id) {
    Life &L = Lives[Id];
    if (!L.Subject || R.Heap.state(Id) != AllocState::Live ||
        L.Subject > All.size())
      continue;
    if (uint32_t Last = take(Id))
      L.Last = Last;
    SubjectSums &S = All[L.Subject - 1];
    account(L, R.Heap.sizeOf(Id), Now, S);
    ++S.Slots;
  }
  for (uint32_t N = 0; N != All.size() && N != Into.Subjects.size(); ++N) {
    const SubjectSums &From = All[N];
    SubjectSums &S = Into.Subjects[N];
    S.Slots += From.Slots;
    S.Stores += From.Stores;
    S.UseT += From.UseT;
    S.DragT += From.DragT;
    S.VoidT += From.VoidT;
    S.UseB += From.UseB;
    S.DragB += From.DragB;
    S.VoidB += From.VoidB;
  }
  Mutex.unlock();
  All.release();
}

void Stamps::afterFork() {
  if (!on())
    return;
  Held.clear();
  for (uint32_t Id = 1, E = R.Heap.limit(); Id < E; ++Id)
    Lives[Id].Subject = 0;
}

} // namespace retsan
