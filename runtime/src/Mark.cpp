//===- Mark.cpp - the two-phase mark --------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Mark.h. Conservative: any aligned word that is an address inside a live
// allocation retains it. Runs while threads are stopped: no lock, no malloc, no
// recursion; the stack of work is in mapped memory, and a short queue before it
// gives prefetched objects time to arrive (Cher, Hosking, Vitek 2004).
//
//===----------------------------------------------------------------------===//

#include "Mark.h"

namespace retsan {

bool Marker::start(size_t NumSubjects) {
  Limit = R.Heap.limit();
  Marks = static_cast<uint8_t *>(mapMemory(Limit));
  Low = R.Heap.lowest();
  Span = R.Heap.highest() > Low ? R.Heap.highest() - Low : 0;
  for (size_t I = 0; I != NumSubjects; ++I)
    Subjects.push({});
  return Marks != nullptr;
}

void Marker::release() {
  if (Marks)
    unmapMemory(Marks, Limit);
  if (Numbers)
    unmapMemory(Numbers, Limit * sizeof(uint32_t));
  Ghosts.release();
  Edges.release();
  Reachable.release();
  Maps.release();
  SkippedRoots.release();
  StaleSlots.release();
  Own.release();
  Subjects.release();
}

//===----------------------------------------------------------------------===//
// What may be read
//===----------------------------------------------------------------------===//

static uint64_t readHex(const char *&P) {
  uint64_t V = 0;
  for (;; ++P) {
    char C = *P;
    if (C >= '0' && C <= '9')
      V = V * 16 + static_cast<uint64_t>(C - '0');
    else if (C >= 'a' && C <= 'f')
      V = V * 16 + static_cast<uint64_t>(C - 'a' + 10);
    else
      return V;
  }
}

void Marker::readMaps() {
  MapVector<char> Buf;
  // Not /proc/self: that of a process whose first thread has ended is empty.
  if (!readFile("/proc/thread-self/maps", Buf) || Buf.empty()) {
    Maps.push({0, ShadowHeap::AddressMask, true});
    return;
  }
  Buf.push(0);
  for (const char *P = Buf.begin(); *P;) {
    Mapping M;
    M.Begin = readHex(P);
    ++P;
    M.End = readHex(P);
    ++P;
    // "rw-p 00000000 00:00 0   name"; device memory and the vsyscall page stay
    // unread.
    M.Readable = *P == 'r';
    while (*P && *P != '\n') {
      if (P[0] == '/' && P[1] == 'd' && P[2] == 'e' && P[3] == 'v' &&
          P[4] == '/' && !(P[5] == 'z' || P[5] == 's'))
        M.Readable = false;
      ++P;
    }
    if (*P)
      ++P;
    Maps.push(M);
    AnyUnreadable |= !M.Readable;
  }
  Buf.release();
}

const Marker::Mapping *Marker::mappingOf(uint64_t Address) const {
  size_t Lo = 0, Hi = Maps.size();
  while (Lo != Hi) {
    size_t Mid = (Lo + Hi) / 2;
    if (Maps[Mid].End <= Address)
      Lo = Mid + 1;
    else
      Hi = Mid;
  }
  return Lo != Maps.size() && Maps[Lo].Begin <= Address ? &Maps[Lo] : nullptr;
}

//===----------------------------------------------------------------------===//
// Phase 1
//===----------------------------------------------------------------------===//

/// A candidate passes three tables that are seldom in the cache: its granule,
/// the mark and record of its id, its content. Between each two it waits in a
/// queue while the next line is fetched.
__attribute__((always_inline)) inline void Marker::mark(uint64_t Word) {
  Word &= ShadowHeap::AddressMask;
  if (Word - Low > Span || !R.Heap.prefetch(Word))
    return;
  if (Words.full())
    lookUp(Words.take());
  Words.put(Word);
}

inline void Marker::lookUp(uint64_t Word) {
  uint32_t Id = R.Heap.idAt(Word);
  if (!Id || Id >= Limit)
    return;
  __builtin_prefetch(&Marks[Id]);
  R.Heap.prefetchRecord(Id);
  if (Candidates.full())
    visit(Candidates.take());
  Candidates.put({Word, Id});
}

inline void Marker::visit(Candidate C) {
  if (Marks[C.Id])
    return;
  uint64_t Start = R.Heap.startOf(C.Id);
  if (C.Word - Start > R.Heap.sizeOf(C.Id))
    return;
  Marks[C.Id] = Reached;
  Reachable.push({Start, C.Id});
}

void Marker::rootWord(uint64_t Word) {
  if (UseOwn)
    Own.addWord(Word);
  else
    mark(Word);
}

static unsigned processors() {
  uint64_t Mask[128] = {};
  long Bytes = sysCall(SYS_sched_getaffinity, 0, sizeof Mask,
                       reinterpret_cast<long>(Mask));
  unsigned Count = 0;
  for (long I = 0; I < Bytes / 8; ++I)
    Count += static_cast<unsigned>(__builtin_popcountl(Mask[I]));
  return Count ? Count : 1;
}

void Marker::finishPhase1() {
  if (!UseOwn)
    return drain();
  unsigned Threads = static_cast<unsigned>(R.Opts.mark_threads);
  if (R.Opts.mark_threads <= 0)
    Threads = processors() < 4 ? processors() : 4;
  Own.run(Threads);
}

void Marker::scanWords(uint64_t Begin, uint64_t End) {
  Begin = (Begin + 7) & ~uint64_t(7);
  for (; Begin + 8 <= End; Begin += 8)
    mark(*reinterpret_cast<const uint64_t *>(Begin));
}

bool Marker::skips(uint64_t Slot) const {
  const Instance *I = R.Fields.findSlot(Slot);
  return I && (I->Cond == Condition::Stale || I->Cond == Condition::Dangling);
}

void Marker::scanOwner(uint64_t Begin, uint64_t End) {
  for (; Begin + 8 <= End; Begin += 8)
    if (!skips(Begin))
      mark(*reinterpret_cast<const uint64_t *>(Begin));
}

void Marker::scan(uint32_t Id) {
  uint64_t Start = R.Heap.startOf(Id), Size = R.Heap.sizeOf(Id);
  uint64_t End = Start + Size;
  auto Words = [&](uint64_t B, uint64_t E) {
    if (RETSAN_UNLIKELY(R.Heap.lists(Id).Owned != 0))
      scanOwner(B, E);
    else
      scanWords(B, E);
  };
  // A program may protect whole pages only, so small objects can be read.
  if (RETSAN_UNLIKELY(AnyUnreadable && Size >= 4096))
    forReadable(Start, End, Words);
  else
    Words(Start, End);
}

void Marker::drain() {
  Ring<Candidate, 16> Scans;
  for (;;) {
    while (!Scans.full() && !Reachable.empty()) {
      Candidate C = Reachable.pop();
      __builtin_prefetch(reinterpret_cast<const char *>(C.Word));
      __builtin_prefetch(reinterpret_cast<const char *>(C.Word) + 63);
      R.Heap.prefetchRecord(C.Id);
      Scans.put(C);
    }
    if (!Scans.empty())
      scan(Scans.take().Id);
    else if (!Words.empty())
      lookUp(Words.take());
    else if (!Candidates.empty())
      visit(Candidates.take());
    else
      return;
  }
}

void Marker::rootRange(uint64_t Begin, uint64_t End) {
  if (Collected) {
    Collected->push({Begin, End});
    return;
  }
  Begin = (Begin + 7) & ~uint64_t(7);
  size_t Lo = 0, Hi = SkippedRoots.size();
  while (Lo != Hi) {
    size_t Mid = (Lo + Hi) / 2;
    if (SkippedRoots[Mid] < Begin)
      Lo = Mid + 1;
    else
      Hi = Mid;
  }
  auto Words = [&](uint64_t B, uint64_t E) {
    if (UseOwn)
      Own.addRange(B, E);
    else
      scanWords(B, E);
  };
  for (; Lo != SkippedRoots.size() && SkippedRoots[Lo] < End; ++Lo) {
    forReadable(Begin, SkippedRoots[Lo], Words);
    Begin = SkippedRoots[Lo] + 8;
  }
  if (Begin < End)
    forReadable(Begin, End, Words);
  drain();
}

void Marker::noteReached() {
  for (StaleSlot &S : StaleSlots)
    S.WasReached = S.Target < Limit && reached(S.Target);
}

uint64_t Marker::reachedSince(uint64_t &Bytes) const {
  uint64_t Count = 0;
  for (size_t I = 0; I != StaleSlots.size(); ++I) {
    const StaleSlot &S = StaleSlots[I];
    if (S.WasReached || S.Target >= Limit || !reached(S.Target))
      continue;
    ++Count;
    Bytes += R.Heap.sizeOf(S.Target);
  }
  return Count;
}

void Marker::rootThread(uint64_t Sp, uint64_t ThreadPointer, bool IsMain,
                        uint64_t StaticTls, unsigned Parts) {
  // What glibc keeps after the thread pointer: struct pthread, with the first
  // level of pthread_setspecific's table. Its size in glibc 2.36.
  constexpr uint64_t DescriptorSize = 2304;
  uint64_t TlsBegin = ThreadPointer - StaticTls;
  const Mapping *StackMap = mappingOf(Sp + 128);
  const Mapping *TlsMap = mappingOf(ThreadPointer);
  if (R.Opts.use_stacks && StackMap && Parts & StackPart) {
    uint64_t End = StackMap->End;
    if (IsMain && R.MainStackTop > Sp && R.MainStackTop <= End)
      End = R.MainStackTop;
    else if (StackMap == TlsMap && ThreadPointer > Sp)
      End = TlsBegin;
    else if (uint32_t Id = R.Heap.find(Sp))
      End = R.Heap.startOf(Id) +
            R.Heap.sizeOf(Id); // a coroutine's stack, from malloc
    rootRange(Sp, End);
    // Away on another stack (a coroutine, sigaltstack): its own may hold
    // anything.
    if (StackMap != TlsMap && !IsMain && TlsMap)
      rootRange(TlsMap->Begin, TlsBegin);
    const Mapping *Own = IsMain ? mappingOf(R.MainStackTop - 8) : nullptr;
    if (Own && Own != StackMap)
      rootRange(Own->Begin, R.MainStackTop);
  }
  if (!R.Opts.use_tls || !(Parts & TlsPart))
    return;
  rootRange(TlsBegin, ThreadPointer + DescriptorSize);
  // The vector of dynamically loaded thread-locals: its length is before it.
  if (!TlsMap)
    return;
  uint64_t Dtv = reinterpret_cast<const uint64_t *>(ThreadPointer)[1];
  if (const Mapping *M = mappingOf(Dtv - 16); M && M->Readable) {
    uint64_t Length = *reinterpret_cast<const uint64_t *>(Dtv - 16);
    if (Length < 65536)
      rootRange(Dtv, Dtv + (Length + 1) * 16);
  }
}

void Marker::collectSlots() {
  if (R.Heap.Own.on())
    UseOwn = Own.start(R.Heap.Own, *this);
  R.Fields.forEachInstance([&](Instance &I) {
    if (I.Cond == Condition::Stale && I.Target)
      StaleSlots.push({I.SubjectIndex, I.Target, I.Owner});
    if ((I.Cond == Condition::Stale || I.Cond == Condition::Dangling) &&
        !I.Owner)
      SkippedRoots.push(I.Slot);
  });
  // Heapsort: in place, no recursion.
  size_t N = SkippedRoots.size();
  auto Sift = [&](size_t At, size_t End) {
    for (size_t Child; (Child = 2 * At + 1) < End; At = Child) {
      if (Child + 1 < End && SkippedRoots[Child] < SkippedRoots[Child + 1])
        ++Child;
      if (SkippedRoots[At] >= SkippedRoots[Child])
        return;
      uint64_t X = SkippedRoots[At];
      SkippedRoots[At] = SkippedRoots[Child];
      SkippedRoots[Child] = X;
    }
  };
  for (size_t I = N / 2; I-- != 0;)
    Sift(I, N);
  for (size_t I = N; I > 1; --I) {
    uint64_t X = SkippedRoots[0];
    SkippedRoots[0] = SkippedRoots[I - 1];
    SkippedRoots[I - 1] = X;
    Sift(0, I - 1);
  }
}

void Marker::sum() {
  for (uint32_t Id = 1; Id < Limit; ++Id) {
    if (R.Heap.state(Id) != AllocState::Live)
      continue;
    uint64_t Size = R.Heap.sizeOf(Id);
    ++Result.HeapObjects;
    Result.HeapBytes += Size;
    if (reached(Id))
      Result.ReachableBytes += Size;
    else if (Marks[Id] != Ghost)
      Result.UnreachableBytes += Size;
  }
  R.Fields.forEachInstance([&](Instance &I) {
    MarkSubject &S = Subjects[I.SubjectIndex];
    switch (I.Cond) {
    case Condition::Null:
      break;
    case Condition::Live:
      ++S.Live;
      break;
    case Condition::Dangling:
      ++S.Dangling;
      break;
    case Condition::Stale:
      ++(I.Target && I.Target < Limit && !reached(I.Target) ? S.Stale
                                                            : S.StaleShared);
      break;
    }
  });
}

} // namespace retsan
