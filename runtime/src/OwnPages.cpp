//===- OwnPages.cpp - pages for the allocator of our own ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reservation is one mapping without access; pages become accessible as the
// heap grows, so that a kernel that commits strictly counts only what is used.
// Free runs of pages are kept in bins by length and joined with their
// neighbours. Free runs keep 64 MB of memory, or half of what is in use; beyond
// that it goes back to the kernel, longest runs first.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

namespace retsan {

static constexpr uint64_t HugePage = uint64_t(1) << 21;
/// So that a huge page of the stamps' shadow is of the heap alone.
static constexpr uint64_t BaseAlignment = HugePage << 4;
static constexpr long MadvCollapse = 25; ///< Since Linux 6.1.
/// Of a heap without huge pages: 4 MB.
static constexpr uint64_t SmallPages = 64;

/// Address space that may be taken at most: half of what the process may have.
static uint64_t addressLimit() {
  struct rlimit Limit = {};
  sysCall(SYS_prlimit64, 0, RLIMIT_AS, 0, reinterpret_cast<long>(&Limit));
  return Limit.rlim_cur == RLIM_INFINITY ? ~uint64_t(0) : Limit.rlim_cur / 2;
}

bool OwnHeap::start() {
  uint64_t Limit = addressLimit();
  for (uint64_t Size = uint64_t(1) << 42; Size >= uint64_t(1) << 28; Size >>= 2)
    if (Size + Size / 4 <= Limit && reserve(Size))
      return true;
  return false;
}

bool OwnHeap::reserve(uint64_t Size) {
  uint64_t Pages = Size >> PageBits;
  uint64_t Ids = Size / 64 < uint64_t(1) << 31 ? Size / 64 : uint64_t(1) << 31;
  size_t Tables[] = {Pages * sizeof(OwnSpan), Pages * sizeof(OwnLookup),
                     Ids * sizeof(uint32_t), Ids * sizeof(AllocLists),
                     (Ids >> 6) * sizeof(uint32_t)};
  size_t Sum = 0;
  for (size_t T : Tables)
    Sum += T;
  // One mapping for all tables, so that there is one thing that can fail.
  // Dumped are only the parts of Meta and Spans that are in use.
  char *P = static_cast<char *>(mapTable(Sum + HugePage));
  if (!P)
    return false;
  long Mapped =
      sysCall(SYS_mmap, 0, static_cast<long>(Size + BaseAlignment), PROT_NONE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (Mapped < 0 && Mapped > -4096) {
    unmapMemory(P, Sum + HugePage);
    return false;
  }
  // Meta comes first, aligned for huge pages; all sizes are multiples of 64.
  P += -reinterpret_cast<uint64_t>(P) & (HugePage - 1);
  Meta = reinterpret_cast<uint32_t *>(P);
  Spans = reinterpret_cast<OwnSpan *>(P += Tables[2]);
  Lookups = reinterpret_cast<OwnLookup *>(P += Tables[0]);
  Lists = reinterpret_cast<AllocLists *>(P += Tables[1]);
  IdPages = reinterpret_cast<uint32_t *>(P += Tables[3]);
  MaxIds = static_cast<uint32_t>(Ids);
  Reserved = Pages;
  storeRelease(Base, (static_cast<uint64_t>(Mapped) + BaseAlignment - 1) &
                         ~(BaseAlignment - 1));
  return true;
}

//===----------------------------------------------------------------------===//
// Runs of free pages
//===----------------------------------------------------------------------===//

void OwnHeap::unlinkRun(OwnSpan *S) {
  Bins[binOf(S->Pages)].remove(S);
  if (!S->Zero)
    DirtyPages -= S->Pages;
  S[S->Pages - 1].What = OwnSpan::None;
  S->What = OwnSpan::None;
}

void OwnHeap::giveRun(uint64_t Page, uint64_t Pages, bool Zero) {
  if (!Zero)
    DirtyPages += Pages;
  // A part that is zero would hide in one that is not, so both become dirty.
  if (Page) {
    OwnSpan *Last = &Spans[Page - 1];
    if (Last->What == OwnSpan::FreeRun || Last->What == OwnSpan::FreeRunEnd) {
      OwnSpan *Before = Last - (Last->Pages - 1);
      if (Before->Zero == Zero) {
        unlinkRun(Before);
        Page -= Before->Pages;
        if (!Zero)
          DirtyPages += Before->Pages;
        Pages += Before->Pages;
      }
    }
  }
  if (Page + Pages < TopPage) {
    OwnSpan *After = &Spans[Page + Pages];
    if (After->What == OwnSpan::FreeRun && After->Zero == Zero) {
      unlinkRun(After);
      if (!Zero)
        DirtyPages += After->Pages;
      Pages += After->Pages;
    }
  }
  OwnSpan *S = &Spans[Page], *End = &S[Pages - 1];
  S->Pages = End->Pages = static_cast<uint32_t>(Pages);
  End->What = OwnSpan::FreeRunEnd;
  S->What = OwnSpan::FreeRun;
  S->Zero = Zero;
  Bins[binOf(Pages)].push(S);
}

/// Gives memory of free runs back to the kernel.
void OwnHeap::purge() {
  uint64_t Keep = pagesKept();
  for (unsigned B = NumBins; B && DirtyPages > Keep / 2; --B)
    for (OwnSpan *S = Bins[B].First, *Next; S && DirtyPages > Keep / 2;
         S = Next) {
      Next = S->Next;
      if (S->Zero)
        continue;
      uint64_t Page = static_cast<uint64_t>(S - Spans), Pages = S->Pages;
      unlinkRun(S);
      sysCall(SYS_madvise, static_cast<long>(Base + (Page << PageBits)),
              static_cast<long>(Pages << PageBits), MADV_DONTNEED);
      giveRun(Page, Pages, true);
      Next = Bins[B].First; // joining may have changed the list
      while (Next && Next->Zero)
        Next = Next->Next;
    }
}

/// Makes more pages usable.
bool OwnHeap::growTop(uint64_t Pages) {
  uint64_t Wanted = TopPage + Pages;
  if (Wanted > Reserved)
    return false;
  if (Wanted > CommitPages) {
    // In steps of 4 MB, later of an eighth of the heap, at most 64 MB; whole
    // huge pages.
    uint64_t Step = CommitPages / 8;
    Step = Step < 64 ? 64 : Step > 1024 ? 1024 : Step;
    uint64_t To = (Wanted + Step) & ~(HugePage / PageSize - 1);
    To = To > Reserved ? Reserved : To;
    uint64_t From = Base + (CommitPages << PageBits);
    uint64_t Length = (To - CommitPages) << PageBits;
    if (sysCall(SYS_mprotect, static_cast<long>(From),
                static_cast<long>(Length), PROT_READ | PROT_WRITE))
      return false;
    // A small heap would pay for huge pages in memory. What it had before is
    // moved once.
    if (CommitPages >= SmallPages && R.Opts.huge_pages) {
      sysCall(SYS_madvise, static_cast<long>(From), static_cast<long>(Length),
              MADV_HUGEPAGE);
      if (!TopIsHuge)
        sysCall(SYS_madvise, static_cast<long>(Base),
                static_cast<long>(From - Base), MadvCollapse);
      TopIsHuge = true;
    }
    setDumped(&Spans[CommitPages], &Spans[To], true);
    CommitPages = To;
    R.Uses.heapGrew();
  }
  uint64_t First = TopPage;
  storeRelease(TopPage, Wanted);
  giveRun(First, Pages, true);
  return true;
}

OwnSpan *OwnHeap::takeRun(uint64_t Pages, bool &Zero) {
  for (;;) {
    OwnSpan *Best = nullptr;
    for (unsigned B = binOf(Pages); B <= NumBins && !Best; ++B)
      for (OwnSpan *S = Bins[B].First; S; S = S->Next)
        if (S->Pages >= Pages && (!Best || S->Pages < Best->Pages)) {
          Best = S;
          if (B != NumBins)
            break;
        }
    if (Best) {
      uint64_t Page = static_cast<uint64_t>(Best - Spans), All = Best->Pages;
      Zero = Best->Zero;
      unlinkRun(Best);
      if (All != Pages)
        giveRun(Page + Pages, All - Pages, Zero);
      storeRelaxed(PagesInUse, PagesInUse + Pages);
      return Best;
    }
    // The end of the heap may be free: only what is missing is new.
    uint64_t Missing = Pages;
    if (TopPage) {
      OwnSpan *Last = &Spans[TopPage - 1];
      if ((Last->What == OwnSpan::FreeRun ||
           Last->What == OwnSpan::FreeRunEnd) &&
          Last[1 - static_cast<long>(Last->Pages)].Zero)
        Missing -= Last->Pages;
    }
    // Runs of a page or four are wanted all the time.
    uint64_t Ask = Missing < 16 ? 16 : Missing;
    if (!growTop(Ask) && !growTop(Missing))
      return nullptr;
  }
}

uint32_t OwnHeap::takeIds(uint32_t Count, unsigned Class) {
  if (!SpareIds[Class].empty())
    return SpareIds[Class].pop();
  Count = (Count + 63) & ~63u;
  if (MaxIds - NextId < Count)
    return 0;
  uint32_t First = NextId;
  constexpr uint32_t PerHuge = HugePage / sizeof(uint32_t);
  if (RETSAN_UNLIKELY(First / PerHuge != (First + Count) / PerHuge) &&
      R.Opts.huge_pages) {
    // Free waits for Meta more than for anything else. The first part was small
    // pages while it was small.
    char *Part = reinterpret_cast<char *>(Meta) + First / PerHuge * HugePage;
    sysCall(SYS_madvise, reinterpret_cast<long>(Part),
            static_cast<long>(2 * HugePage), MADV_HUGEPAGE);
    if (First < PerHuge)
      sysCall(SYS_madvise, reinterpret_cast<long>(Part),
              static_cast<long>(HugePage), MadvCollapse);
  }
  if (First + Count > DumpedIds) {
    uint32_t To = (First + Count + PerHuge) / PerHuge * PerHuge;
    To = To < MaxIds ? To : MaxIds;
    setDumped(&Meta[DumpedIds], &Meta[To], true);
    DumpedIds = To;
  }
  storeRelease(NextId, First + Count);
  return First;
}

//===----------------------------------------------------------------------===//
// Spans
//===----------------------------------------------------------------------===//

/// Writes the look-up tables; under PageLock.
void OwnHeap::enterSpan(OwnSpan *S, uint64_t Pages) {
  uint64_t Page = static_cast<uint64_t>(S - Spans);
  S->Base = Base + (Page << PageBits);
  S->Pages = static_cast<uint32_t>(Pages);
  S->Free = S->Bump = S->Used = S->Remote = 0;
  S->Owner = nullptr;
  S->Current = S->Full = false;
  S->Next = S->Prev = nullptr;
  S->What = OwnSpan::InUse;
  for (uint32_t Id = S->FirstId; Id <= S->FirstId + S->Count; Id += 64)
    IdPages[Id >> 6] = static_cast<uint32_t>(Page);
  for (uint64_t N = 0; N != Pages; ++N)
    Lookups[Page + N] =
        OwnLookup::make(S->FirstId, S->Size, S->Size ? S->Class : LargeKind, N);
}

OwnSpan *OwnHeap::newSpan(unsigned Class, uint32_t Size) {
  uint64_t Pages = Size > 1040 ? OwnLookup::MaxPages : 1;
  uint32_t Count = static_cast<uint32_t>((Pages << PageBits) / Size);
  PageLock.lock();
  bool Zero;
  OwnSpan *S = takeRun(Pages, Zero);
  // One id more: what is left at the end of a span is an object that never
  // lives.
  uint32_t FirstId = S ? takeIds(Count + 1, Class) : 0;
  if (S && !FirstId) {
    giveRun(static_cast<uint64_t>(S - Spans), Pages, Zero);
    S = nullptr;
  }
  if (S) {
    S->Class = static_cast<uint8_t>(Class);
    S->Size = Size;
    S->Count = Count;
    S->FirstId = FirstId;
    S->Zero = Zero;
    S->LargeSize = 0;
    enterSpan(S, Pages);
  }
  PageLock.unlock();
  return S;
}

/// All objects of \p S are free.
void OwnHeap::freeSpan(OwnSpan *S) {
  PageLock.lock();
  uint64_t Page = static_cast<uint64_t>(S - Spans), Pages = S->Pages;
  SpareIds[S->Class].push(S->FirstId);
  memset(&Lookups[Page], 0, Pages * sizeof(OwnLookup));
  S->What = OwnSpan::None;
  storeRelaxed(PagesInUse, PagesInUse - Pages);
  giveRun(Page, Pages, S->Zero && !S->Bump);
  if (DirtyPages > pagesKept())
    purge();
  PageLock.unlock();
}

void *OwnHeap::allocateLarge(size_t Size, size_t Alignment, bool Zeroed) {
  if (Size > Reserved << PageBits || Alignment > Reserved << PageBits)
    return nullptr;
  // One byte more than asked for, as everywhere.
  uint64_t Pages = (Size + PageSize) >> PageBits;
  uint64_t Extra = Alignment > PageSize ? (Alignment >> PageBits) - 1 : 0;
  PageLock.lock();
  bool Zero;
  OwnSpan *S = takeRun(Pages + Extra, Zero);
  uint32_t Id = S ? takeIds(1, NumClasses) : 0;
  if (!Id) {
    if (S) {
      storeRelaxed(PagesInUse, PagesInUse - (Pages + Extra));
      giveRun(static_cast<uint64_t>(S - Spans), Pages + Extra, Zero);
    }
    PageLock.unlock();
    return nullptr;
  }
  if (Extra) {
    uint64_t Page = static_cast<uint64_t>(S - Spans);
    uint64_t Start = Base + (Page << PageBits);
    uint64_t Skip =
        (((Start + Alignment - 1) & ~(Alignment - 1)) - Start) >> PageBits;
    // Marked first, so that the parts beside it do not join over it.
    S[Skip].What = OwnSpan::InUse;
    S[Skip + Pages - 1].What = OwnSpan::InUse;
    storeRelaxed(PagesInUse, PagesInUse - Extra);
    if (Skip)
      giveRun(Page, Skip, Zero);
    if (Extra != Skip)
      giveRun(Page + Skip + Pages, Extra - Skip, Zero);
    S += Skip;
  }
  S[Pages - 1].What = OwnSpan::None;
  S->Class = NumClasses;
  S->Size = 0;
  S->Count = 1;
  S->FirstId = Id;
  S->Zero = Zero;
  S->LargeSize = Size;
  enterSpan(S, Pages);
  S->Bump = S->Used = 1;
  storeRelease(Meta[Id], uint32_t(Live));
  PageLock.unlock();
  void *P = reinterpret_cast<void *>(S->Base);
  if (Zeroed && !Zero)
    memset(P, 0, Size);
  return P;
}

/// Another size for a large object in its place: gives pages back, or takes
/// free ones behind it.
bool OwnHeap::resizeLarge(OwnSpan *S, size_t Size) {
  uint64_t Pages = (Size + PageSize) >> PageBits;
  bool Fits = true;
  PageLock.lock();
  uint64_t Page = static_cast<uint64_t>(S - Spans), Old = S->Pages;
  if (Pages < Old) {
    memset(&Lookups[Page + Pages], 0, (Old - Pages) * sizeof(OwnLookup));
    storeRelaxed(PagesInUse, PagesInUse - (Old - Pages));
    giveRun(Page + Pages, Old - Pages, false);
  } else if (Pages > Old) {
    uint64_t More = Pages - Old;
    OwnSpan *After = &Spans[Page + Old];
    if (Page + Old == TopPage)
      Fits = growTop(More);
    Fits = Fits && Page + Old < TopPage && After->What == OwnSpan::FreeRun &&
           After->Pages >= More;
    if (Fits) {
      uint64_t Room = After->Pages;
      bool Zero = After->Zero;
      unlinkRun(After);
      if (Room != More)
        giveRun(Page + Pages, Room - More, Zero);
      storeRelaxed(PagesInUse, PagesInUse + More);
      for (uint64_t N = Old; N != Pages; ++N)
        Lookups[Page + N] = OwnLookup::make(S->FirstId, 0, LargeKind, N);
    }
  }
  if (Fits) {
    S->Pages = static_cast<uint32_t>(Pages);
    S->Zero = false;
    storeRelaxed(S->LargeSize, Size);
  }
  PageLock.unlock();
  return Fits;
}

} // namespace retsan
