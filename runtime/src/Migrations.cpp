//===- Migrations.cpp - what containers say of their migrations -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Migrations.h. The table of arrays is hashed by address with linear
// probing; removing shifts the entries behind (Knuth, The Art of Computer
// Programming 6.4, algorithm R), so that there are no tombstones.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <retsan/observer.h>
#include <retsan/profile_format.h>

namespace retsan {

/// More names than these share the last one's row: a name is for many maps.
static constexpr uint32_t MaxKinds = 256;

uint32_t Migrations::kindOf(const char *Name) {
  if (!Name || !*Name)
    Name = "unnamed containers";
  for (uint32_t I = 0; I != Kinds.size(); ++I)
    if (!compareStrings(Kinds[I].Name, Name))
      return I;
  if (Kinds.size() >= MaxKinds)
    return MaxKinds - 1;
  const char *Copy =
      Kinds.size() == MaxKinds - 1 ? "others" : Names.copyString(Name);
  if (!Copy || !Kinds.push({Copy, 0, 0, 0, 0}))
    return ~0u;
  return static_cast<uint32_t>(Kinds.size() - 1);
}

uint32_t Migrations::placeOf(uint64_t At) const {
  return static_cast<uint32_t>((At >> 4) * 0x9e3779b97f4a7c15u >> 32) &
         (Capacity - 1);
}

Migrations::Array *Migrations::find(const retsan_migration_v1 &E) {
  if (!Capacity)
    return nullptr;
  uint64_t At = reinterpret_cast<uint64_t>(E.old_array);
  if (!At) {
    uint64_t Container = reinterpret_cast<uint64_t>(E.container);
    for (uint32_t I = 0; I != Capacity; ++I)
      if (Arrays[I].At && Arrays[I].Container == Container)
        return &Arrays[I];
    return nullptr;
  }
  for (uint32_t I = placeOf(At); Arrays[I].At; I = (I + 1) & (Capacity - 1))
    if (Arrays[I].At == At)
      return &Arrays[I];
  return nullptr;
}

bool Migrations::grow() {
  uint32_t New = Capacity ? 2 * Capacity : 128;
  auto *Fresh = static_cast<Array *>(mapTable(New * sizeof(Array)));
  if (!Fresh)
    return false;
  Array *Old = Arrays;
  uint32_t OldCapacity = Capacity;
  Arrays = Fresh;
  Capacity = New;
  for (uint32_t I = 0; I != OldCapacity; ++I) {
    if (!Old[I].At)
      continue;
    uint32_t To = placeOf(Old[I].At);
    while (Arrays[To].At)
      To = (To + 1) & (Capacity - 1);
    Arrays[To] = Old[I];
  }
  if (Old)
    unmapMemory(Old, OldCapacity * sizeof(Array));
  return true;
}

Migrations::Array *Migrations::enter(const retsan_migration_v1 &E,
                                     uint32_t Kind) {
  uint64_t At = reinterpret_cast<uint64_t>(E.old_array);
  if (!At)
    return nullptr;
  Array *A = find(E);
  if (!A) {
    if (2 * (Count + 1) > Capacity && !grow())
      return nullptr;
    uint32_t I = placeOf(At);
    while (Arrays[I].At)
      I = (I + 1) & (Capacity - 1);
    A = &Arrays[I];
    ++Count;
  }
  *A = {At,          reinterpret_cast<uint64_t>(E.container),
        E.old_bytes, R.Heap.find(At),
        Kind,        false};
  return A;
}

void Migrations::remove(Array &A) {
  uint32_t Hole = static_cast<uint32_t>(&A - Arrays), Mask = Capacity - 1;
  for (uint32_t I = (Hole + 1) & Mask; Arrays[I].At; I = (I + 1) & Mask)
    // It may move up if its own place is not between the hole and it.
    if (((I - placeOf(Arrays[I].At)) & Mask) >= ((I - Hole) & Mask)) {
      Arrays[Hole] = Arrays[I];
      Hole = I;
    }
  Arrays[Hole] = {};
  --Count;
}

void Migrations::receive(const retsan_migration_v1 &E) {
  uint32_t N = kindOf(E.named ? E.name : nullptr);
  if (N == ~0u)
    return;
  Kind &K = Kinds[N];
  switch (E.event) {
  case RETSAN_MIGRATION_BEGIN:
    ++K.Begun;
    enter(E, N);
    break;
  case RETSAN_MIGRATION_END: {
    ++K.Ended;
    Array *A = find(E);
    if (!A)
      A = enter(E, N);
    if (A)
      A->Dead = true;
    break;
  }
  case RETSAN_MIGRATION_RELEASED: {
    Array *A = find(E);
    if (!A)
      break;
    A->Bytes -= E.old_bytes < A->Bytes ? E.old_bytes : A->Bytes;
    if (!A->Bytes) {
      ++Kinds[A->Kind].Released;
      remove(*A);
    }
    break;
  }
  case RETSAN_MIGRATION_PINNED:
    ++K.Pinned;
    break;
  default: // of a later version
    break;
  }
}

bool Migrations::isThere(const Array &A) const {
  return !A.Id || R.Heap.find(A.At) == A.Id;
}

Migrations::Sum Migrations::sum(uint32_t Kind, bool Dead) const {
  Sum S = {};
  for (uint32_t I = 0; I != Capacity; ++I) {
    const Array &A = Arrays[I];
    if (!A.At || A.Kind != Kind || A.Dead != Dead || !isThere(A))
      continue;
    ++S.Arrays;
    S.Bytes += A.Bytes;
  }
  return S;
}

void Migrations::write(ProfileWriter &W) {
  Mutex.lock();
  if (!Kinds.empty()) {
    W.begin(RETSAN_REC_MIGRATIONS);
    W.u32(static_cast<uint32_t>(Kinds.size()));
    for (uint32_t I = 0; I != Kinds.size(); ++I) {
      const Kind &K = Kinds[I];
      Sum Dead = sum(I, true), Moving = sum(I, false);
      W.string(K.Name).u64(K.Begun).u64(K.Ended).u64(K.Released).u64(K.Pinned);
      W.u64(Dead.Arrays).u64(Dead.Bytes).u64(Moving.Arrays).u64(Moving.Bytes);
    }
    W.end();
  }
  Mutex.unlock();
}

void Migrations::print() {
  Mutex.lock();
  for (uint32_t I = 0; I != Kinds.size(); ++I) {
    Sum Dead = sum(I, true);
    if (Dead.Arrays)
      (Text() << Kinds[I].Name << ": " << Dead.Arrays
              << (Dead.Arrays == 1 ? " old array of " : " old arrays of ")
              << Dead.Bytes
              << " bytes still allocated after the migration ended")
          .print();
  }
  Mutex.unlock();
}

void Migrations::afterFork() {
  Kinds.clear();
  if (Arrays)
    unmapMemory(Arrays, Capacity * sizeof(Array));
  Arrays = nullptr;
  Capacity = Count = 0;
}

} // namespace retsan

using namespace retsan;

RETSAN_EXPORT void __retsan_migration_v1(const retsan_migration_v1 *Event) {
  // Most events by far, and nothing that is told needs them.
  if (!Event || Event->event == RETSAN_MIGRATION_BUCKET || !running() ||
      thread().Depth)
    return;
  RuntimeScope Scope;
  R.Moves.Mutex.lock();
  R.Moves.receive(*Event);
  R.Moves.Mutex.unlock();
}
