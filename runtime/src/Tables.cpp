//===- Tables.cpp - sums of lives, and how they go to the profile ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of lag, use, drag and void (Röjemo and Runciman 1996) and of
// stays in a finding's state, on two clocks. A snapshot copies the sums and
// adds what is still alive as if the program ended now, so that a crash later
// loses little.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <retsan/profile_format.h>

#include <string.h>

namespace retsan {

static double between(uint64_t From, uint64_t To) {
  return To > From ? static_cast<double>(To - From) : 0;
}

void FieldTable::accountValue(const Instance &I, const Moment &M,
                              Sums &Into) const {
  // Memory that was given back is held by nobody.
  uint64_t EndT = I.TargetFreed ? I.FreedTicks : M.Ticks;
  uint64_t EndB = I.TargetFreed ? I.FreedBytes : M.Bytes;
  double Size = static_cast<double>(I.TargetSize);
  SubjectSums &S = Into.Subjects[I.SubjectIndex];
  if (!I.hasUse()) {
    S.VoidT += Size * between(I.StoreTicks, EndT);
    S.VoidB += Size * between(I.StoreBytes, EndB);
    return;
  }
  uint64_t LastT = I.LastUseTicks < EndT ? I.LastUseTicks : EndT;
  uint64_t LastB = I.LastUseBytes < EndB ? I.LastUseBytes : EndB;
  S.LagT += Size * between(I.StoreTicks, I.FirstUseTicks);
  S.LagB += Size * between(I.StoreBytes, I.FirstUseBytes);
  S.UseT += Size * between(I.FirstUseTicks, LastT);
  S.UseB += Size * between(I.FirstUseBytes, LastB);
  S.DragT += Size * between(LastT, EndT);
  S.DragB += Size * between(LastB, EndB);
}

void FieldTable::account(const Instance &I, uint32_t Ordinal, const Entry &E,
                         bool Dangles, const Ending &By, const Moment &M,
                         Sums &Into) const {
  StateSums &S = Into.States[Subjects[I.SubjectIndex]->States[Ordinal]];
  ++S.Entered;
  S.EnteredAt.add(E.Site);
  if (E.Used) {
    ++S.Refuted;
    return;
  }
  ++S.Confirmed;
  S.StoredAt.add(I.StoreSite);
  S.LastUsedAt.add(I.LastUseSite);
  uint64_t HeldT = I.TargetFreed ? I.FreedTicks : M.Ticks;
  uint64_t HeldB = I.TargetFreed ? I.FreedBytes : M.Bytes;
  if (Dangles) {
    ++S.Dangling;
    S.FreedBytes += I.TargetSize;
    S.FreedAt.add(I.FreedSite);
    double T = between(E.Ticks > HeldT ? E.Ticks : HeldT, M.Ticks);
    double B = between(E.Bytes > HeldB ? E.Bytes : HeldB, M.Bytes);
    if (T > S.DanglingTicks)
      S.DanglingTicks = T;
    if (B > S.DanglingBytes)
      S.DanglingBytes = B;
  } else {
    S.TargetBytes += I.TargetSize;
  }
  // A dangling slot costs nobody memory; the longest of the largest is told.
  double Cost = static_cast<double>(I.TargetSize) * between(E.Bytes, M.Bytes);
  if (!S.Worst.End || Cost > S.Worst.Cost)
    S.Worst = {By.How,
               I.hasUse(),
               I.TargetFreed,
               Cost,
               I.TargetSize,
               {I.StoreTicks, I.StoreBytes},
               {I.FirstUseTicks, I.FirstUseBytes},
               {I.LastUseTicks, I.LastUseBytes},
               {E.Ticks, E.Bytes},
               {I.FreedTicks, I.FreedBytes},
               M,
               I.StoreSite,
               I.LastUseSite,
               By.Site};
  S.DragT += static_cast<double>(I.TargetSize) * between(E.Ticks, HeldT);
  S.DragB += static_cast<double>(I.TargetSize) * between(E.Bytes, HeldB);
}

void FieldTable::refreshAll() {
  bindLoose();
  Moment M = now();
  for (uint32_t N = 1; N < NextInstance; ++N) {
    Instance &I = Pool[N];
    if (!I.Slot)
      continue;
    uint64_t Value = plainValue(*reinterpret_cast<uint64_t *>(I.Slot));
    if (Value != I.Value)
      setValue(I, Value, nullptr, M);
    evaluate(I, nullptr, M, false);
    I.Cond = I.Value ? Condition::Live : Condition::Null;
    bool Stale = false;
    for (uint32_t E = 0; E != I.NumEntries; ++E)
      Stale |= I.Entries[E].In && !I.Entries[E].Used;
    if (I.Value && I.TargetFreed)
      I.Cond = Condition::Dangling;
    else if (Stale)
      I.Cond = Condition::Stale;
  }
}

void FieldTable::endAll() {
  refreshAll();
  Moment M = now();
  forEachInstance([&](Instance &I) {
    if (!I.Value || I.Inherited)
      return;
    for (uint32_t N = 0; N != I.NumEntries; ++N)
      if (I.Entries[N].In)
        account(I, N, I.Entries[N], I.TargetFreed,
                {RETSAN_END_PROGRAM, nullptr}, M, Totals);
    accountValue(I, M, Totals);
    // Once is enough, should anything come after the end.
    I.Inherited = true;
    I.setQuick(false);
  });
}

void FieldTable::afterFork() {
  for (SubjectSums &S : Totals.Subjects)
    S = {};
  for (StateSums &S : Totals.States)
    S = {};
  for (ThreadBlock *B : Blocks)
    memset(B->Counts, 0, sizeof B->Counts);
  Moment M = now();
  int Tid = currentTid();
  forEachInstance([&](Instance &I) {
    I.Inherited = true;
    I.setQuick(false);
    I.StoreTicks = M.Ticks;
    I.StoreBytes = M.Bytes;
    I.Uses = 0;
    for (uint32_t N = 0; N != I.NumEntries; ++N) {
      I.Entries[N].Ticks = M.Ticks;
      I.Entries[N].Bytes = M.Bytes;
      I.Entries[N].Tid = Tid;
    }
  });
}

static void writeSites(ProfileWriter &W, const SiteList &L) {
  W.u32(L.Count);
  for (uint32_t I = 0; I != L.Count; ++I)
    W.string(L.Sites[I]->file)
        .string(L.Sites[I]->function)
        .u32(L.Sites[I]->line);
}

static void writeSite(ProfileWriter &W, const retsan_site_v1 *S) {
  W.string(S ? S->file : "").string(S ? S->function : "").u32(S ? S->line : 0);
}

static void writeLife(ProfileWriter &W, const State &St, const Life &L) {
  if (!L.End)
    return;
  double Second = tickSeconds();
  auto Write = [&](const Moment &M, bool Known) {
    // What the parent of a fork stored was there before this clock began.
    bool Before = M.Ticks < R.StartTicks;
    uint64_t Ticks = Before ? 0 : M.Ticks - R.StartTicks;
    W.f64(Known ? static_cast<double>(Ticks) * Second : -1);
    W.f64(Known ? static_cast<double>(M.Bytes) * 1e-6 : -1);
  };
  W.begin(RETSAN_REC_LIFE);
  W.string(St.Fingerprint).u64(St.SubjectId).u64(L.Bytes);
  Write(L.Stored, true);
  Write(L.FirstUse, L.HasUse);
  Write(L.LastUse, L.HasUse);
  Write(L.Entered, true);
  Write(L.Freed, L.WasFreed);
  Write(L.Ended, true);
  W.u32(L.End);
  writeSite(W, L.StoreSite);
  writeSite(W, L.LastUseSite);
  writeSite(W, L.EndSite);
  W.end();
}

void FieldTable::writeTables(ProfileWriter &W) {
  Sums Copy;
  for (const SubjectSums &S : Totals.Subjects)
    Copy.Subjects.push(S);
  for (const StateSums &S : Totals.States)
    Copy.States.push(S);
  addCounts(Copy);
  R.Uses.addTo(Copy);
  Moment M = now();
  forEachInstance([&](Instance &I) {
    if (!I.Value || I.Inherited)
      return;
    for (uint32_t N = 0; N != I.NumEntries; ++N)
      if (I.Entries[N].In)
        account(I, N, I.Entries[N], I.TargetFreed,
                {RETSAN_END_PROGRAM, nullptr}, M, Copy);
    accountValue(I, M, Copy);
  });
  double Second = tickSeconds();
  const double MBs = Second * 1e-6, MBMB = 1e-12;
  W.Mutex.lock();
  W.begin(RETSAN_REC_TOTALS);
  W.f64(static_cast<double>(M.Ticks - R.StartTicks) * Second);
  W.f64(static_cast<double>(M.Bytes) * 1e-6);
  W.end();
  for (uint32_t N = 0; N != Subjects.size(); ++N) {
    const SubjectSums &S = Copy.Subjects[N];
    if (Subjects[N]->Role == RETSAN_ROLE_PHASE ||
        (Subjects[N]->Role == RETSAN_ROLE_FIELD && !S.Stores))
      continue;
    W.begin(RETSAN_REC_SUBJECT);
    W.u64(Subjects[N]->Id).string(Subjects[N]->Name);
    W.u64(S.Slots).u64(S.Stores).u64(S.Clears).u64(S.Uses);
    W.u64(S.Tests).u64(S.Releases).u64(S.Dropped);
    W.f64(S.LagT * MBs).f64(S.UseT * MBs).f64(S.DragT * MBs).f64(S.VoidT * MBs);
    W.f64(S.LagB * MBMB)
        .f64(S.UseB * MBMB)
        .f64(S.DragB * MBMB)
        .f64(S.VoidB * MBMB);
    W.end();
    if (S.Cured) {
      W.begin(RETSAN_REC_CURED);
      W.u64(Subjects[N]->Id).u64(S.Cured);
      W.end();
    }
  }
  for (uint32_t N = 0; N != States.size(); ++N) {
    const StateSums &S = Copy.States[N];
    W.begin(RETSAN_REC_STATE);
    W.string(States[N].Fingerprint).u64(States[N].SubjectId);
    W.u64(S.Entered).u64(S.Confirmed).u64(S.Refuted).u64(S.Dangling);
    W.u64(S.FreedBytes).u64(S.TargetBytes);
    W.f64(S.DanglingTicks * Second).f64(S.DanglingBytes * 1e-6);
    W.f64(S.DragT * MBs).f64(S.DragB * MBMB);
    writeSites(W, S.StoredAt);
    writeSites(W, S.LastUsedAt);
    writeSites(W, S.FreedAt);
    writeSites(W, S.EnteredAt);
    writeSites(W, S.UsedInStateAt);
    W.end();
    writeLife(W, States[N], S.Worst);
    if (const char *Rule = S.Confirmed ? suppressedBy(N) : nullptr) {
      W.begin(RETSAN_REC_SUPPRESSED);
      W.string(States[N].Fingerprint).string(Rule);
      W.end();
    }
  }
  R.Moves.write(W);
  W.Mutex.unlock();
  Copy.Subjects.release();
  Copy.States.release();
}

uint64_t FieldTable::confirmed() {
  uint64_t Count = 0;
  for (uint32_t N = 0; N != Totals.States.size(); ++N)
    Count += Totals.States[N].Confirmed && !suppressedBy(N);
  return Count;
}

void FieldTable::printConfirmed() {
  for (uint32_t N = 0; N != States.size(); ++N) {
    const StateSums &S = Totals.States[N];
    if (!S.Confirmed || suppressedBy(N))
      continue;
    Text T;
    T << Subjects[States[N].SubjectIndex]->Name << " outlived its meaning "
      << S.Confirmed << (S.Confirmed == 1 ? " time" : " times");
    if (S.TargetBytes)
      T << ", holding " << S.TargetBytes << " bytes";
    if (S.Dangling)
      T << ", dangling " << S.Dangling
        << (S.Dangling == 1 ? " time" : " times");
    if (S.StoredAt.Count)
      T << ", stored at " << S.StoredAt.Sites[0]->file << ":"
        << S.StoredAt.Sites[0]->line;
    T.print();
  }
}

} // namespace retsan
