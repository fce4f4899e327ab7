//===- QuickPath.h - loads that change nothing but the last use -----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most events are loads of a slot that is known, holds what it held, and is in
// no finding's state. Such a load needs no lock: the thread remembers where the
// slot's instance is, instances are never unmapped, and the states' atoms are
// copied into a list that is replaced as a whole. Should the instance be given
// to another slot in between, a time of last use that is a moment off is all
// that comes of it. Everything else goes to FieldTable under its lock.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_QUICKPATH_H
#define RETSAN_RUNTIME_QUICKPATH_H

#include "Runtime.h"

namespace retsan {

inline uint32_t slotPlace(uint64_t Slot) {
  return static_cast<uint32_t>((Slot >> 3) * 0x9e3779b97f4a7c15u >> 52);
}
static_assert(ThreadBlock::SlotPlaces == 1u << (64 - 52));

inline bool atomHolds(const QuickAtom &A, uint64_t Field) {
  uint64_t At = (A.Absolute ? 0 : Field) + static_cast<uint64_t>(A.Offset);
  int64_t V;
  switch (A.Form) {
  case QuickAtom::U8:
    V = *reinterpret_cast<const uint8_t *>(At);
    break;
  case QuickAtom::S8:
    V = *reinterpret_cast<const int8_t *>(At);
    break;
  case QuickAtom::U32:
    V = *reinterpret_cast<const uint32_t *>(At);
    break;
  case QuickAtom::S32:
    V = *reinterpret_cast<const int32_t *>(At);
    break;
  default:
    V = *reinterpret_cast<const int64_t *>(At);
  }
  return compareAtom(A.Op, V, A.Value);
}

/// True if a finding's state holds, or may.
inline bool mayHold(const QuickStates *S, uint64_t Field) {
  if (!S)
    return true;
  const QuickAtom *A = S->Atoms;
  for (uint32_t N = 0; N != S->NumStates; ++N) {
    bool All = true;
    const QuickAtom *End = S->Ends[N];
    for (; A != End; ++A)
      All = All && atomHolds(*A, Field);
    if (All)
      return true;
  }
  return false;
}

/// True if the event is dealt with. \p T is outside the runtime.
inline bool quickLoad(ThreadState &T, const retsan_site_v1 *Site,
                      uint64_t Field, uint64_t Slot, uint64_t Value) {
  if (RETSAN_UNLIKELY(!T.Block))
    return false;
  Instance *I = T.Block->Slots[slotPlace(Slot)];
  if (!I || loadRelaxed(I->Slot) != Slot || loadRelaxed(I->Value) != Value)
    return false;
  const Subject *S = loadRelaxed(I->Of);
  uint32_t Kind = Site->kind;
  bool IsUse = Kind != RETSAN_SITE_TEST && Kind != RETSAN_SITE_RELEASE;
  if (!loadRelaxed(I->Quick) || (IsUse && !I->HasUse) ||
      S->Id != Site->field->subject_id ||
      S->Index >= ThreadBlock::MaxSubjects ||
      mayHold(loadAcquire(S->Quick), Field))
    return false;
  LoadCounts &C = T.Block->Counts[S->Index];
  if (IsUse) {
    Moment M = now();
    storeRelaxed(I->LastUseTicks, M.Ticks);
    storeRelaxed(I->LastUseBytes, M.Bytes);
    storeRelaxed(I->LastUseSite, Site);
    storeRelaxed(C.Uses, C.Uses + 1);
  } else if (Kind == RETSAN_SITE_TEST) {
    storeRelaxed(C.Tests, C.Tests + 1);
  } else {
    storeRelaxed(C.Releases, C.Releases + 1);
  }
  storeRelaxed(I->LastTouchSite, Site);
  storeRelaxed(I->TouchTid, T.Tid);
  storeRelaxed(I->TouchDepth, static_cast<uint16_t>(T.CallDepth));
  T.LastSite = Site;
  return true;
}

} // namespace retsan

#endif
