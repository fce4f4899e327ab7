//===- OwnHeap.h - an allocator that knows every address ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   one reservation, pages of 64 KB
//   ┌────────┬────────┬─────────────────┬──────────────┬──── free ────
//   │ span of│ span of│ span of 4 pages │ one large    │
//   │ 48-byte│ 32-byte│ 5 KB objects    │ object       │
//   └────────┴────────┴─────────────────┴──────────────┴──────────────
//      │ page number
//      ▼
//   Lookup[page]: reciprocal of the object size, first id, class
//      │ id = first id + offset / size, by one multiplication and an addition
//      ▼
//   Meta[id]: live? listed? bytes asked for; of a free one: the next free
//
// What a thread frees goes on its stock of that class, whoever allocated it,
// and comes from there again. A stock that overflows gives its older half back
// to the spans, one that is empty is filled from one. A span belongs to one
// thread's cache, which alone takes objects from it; what another thread gives
// back goes on the span's remote chain, which the owner takes as a whole when
// it runs dry. The chains of free objects run through Meta, so that neither
// malloc nor free touches the memory itself and a use after free cannot break
// them. An object is at least one byte larger than what was asked
// for: a pointer one past the end is interior. Caches outlive their threads and
// are handed to new ones.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_OWNHEAP_H
#define RETSAN_RUNTIME_OWNHEAP_H

#include "Sys.h"

struct retsan_debugger_v1;

namespace retsan {

struct AllocLists;
struct OwnCache;

/// What a look-up needs of a page. The upper half of a product is an object's
/// id. The lower half is how far into the object the address is, as a fraction
/// of its size.
struct OwnLookup {
  static constexpr unsigned PageBits = 16, MaxPages = 4;

  uint64_t Bias;  ///< The product of the page's first byte.
  uint32_t Magic; ///< 2^32 / object size, rounded up; 0: large.
  uint16_t Size;  ///< Of an object; 0: large.
  uint8_t Kind;   ///< A class, or another one of OwnHeap's kinds.

  static constexpr uint32_t magicOf(uint32_t Size) {
    return static_cast<uint32_t>(((uint64_t(1) << 32) + Size - 1) / Size);
  }
  static constexpr OwnLookup make(uint32_t FirstId, uint32_t Size, uint8_t Kind,
                                  uint64_t PageInSpan) {
    uint32_t Magic = Size ? magicOf(Size) : 0;
    return {(uint64_t(FirstId) << 32) + (PageInSpan << PageBits) * Magic, Magic,
            static_cast<uint16_t>(Size), Kind};
  }
  /// True if products are exact for objects of \p Size throughout a span.
  static constexpr bool divides(uint32_t Size) {
    uint64_t Excess = uint64_t(magicOf(Size)) * Size - (uint64_t(1) << 32);
    return ((uint64_t(MaxPages) << PageBits) - 1) * Excess < uint64_t(1) << 32;
  }

  /// \p At: from the beginning of the page, or of any other.
  constexpr uint64_t product(uint64_t At) const {
    return (At & ((1u << PageBits) - 1)) * Magic + Bias;
  }
  static constexpr uint32_t id(uint64_t Product) {
    return static_cast<uint32_t>(Product >> 32);
  }
  /// Never of a large one.
  constexpr bool isStart(uint64_t Product) const {
    return static_cast<uint32_t>(Product) < Magic;
  }
  /// Bytes from the object's beginning; 0 in a large one.
  constexpr uint64_t within(uint64_t Product) const {
    return (Product & 0xffffffff) * Size >> 32;
  }
};
static_assert(sizeof(OwnLookup) == 16);

struct alignas(128) OwnSpan {
  enum Kind : uint8_t { None, FreeRun, FreeRunEnd, InUse };
  /// Slots point into the span of which its objects do not know: who frees
  /// there must ask first. Part of the owner's word, which a free compares
  /// anyway.
  static constexpr uint64_t WatchedBit = 1;

  uint64_t ownerWord() const {
    return reinterpret_cast<uint64_t>(loadAcquire(Owner));
  }
  OwnCache *owner() const {
    return reinterpret_cast<OwnCache *>(ownerWord() & ~WatchedBit);
  }

  // What the owner works with.
  OwnCache *Owner; ///< With WatchedBit.
  uint64_t Base;
  uint32_t Free; ///< Chain: index plus 1.
  uint32_t Bump; ///< First index that was never handed out.
  uint32_t Count;
  uint32_t Used; ///< Not given back, as far as the owner knows.
  uint32_t FirstId;
  uint32_t Size; ///< Of an object; 0: large.
  uint8_t Class;
  uint8_t What; ///< A Kind.
  bool Current; ///< Of its class.
  bool Full;    ///< In the owner's list of full spans.
  bool Zero;    ///< What was never handed out is zero.
  bool Wanted;  ///< Of OwnHeap::watchOnly.
  OwnSpan *Next, *Prev;

  // What others write.
  alignas(64) uint32_t Remote; ///< Chain of objects that others gave back.
  uint32_t Pages;
  uint64_t LargeSize;
};

/// A list of spans.
struct OwnList {
  OwnSpan *First;
  void push(OwnSpan *S) {
    S->Prev = nullptr;
    S->Next = First;
    if (First)
      First->Prev = S;
    First = S;
  }
  void remove(OwnSpan *S) {
    (S->Prev ? S->Prev->Next : First) = S->Next;
    if (S->Next)
      S->Next->Prev = S->Prev;
    S->Next = S->Prev = nullptr;
  }
};

inline constexpr unsigned OwnNumClasses = 72;

/// Free objects of one class, of any span, the last one first. 1 KB, so that an
/// index is a shift.
struct OwnStock {
  static constexpr uint32_t Max = 62;
  struct Object {
    uint64_t Address;
    uint32_t Id; ///< Of the one below all others 0; its address is any.
  };
  Object *Top, *End; ///< The last one in, the last place.
  Object Objects[Max + 1];
  uint32_t count() const { return static_cast<uint32_t>(Top - Objects); }
};
static_assert(sizeof(OwnStock) == 1024);

/// What one thread allocates from.
struct OwnCache {
  // By OwnLookup::Kind; those of kinds that are no class have no room.
  OwnStock Stock[OwnNumClasses + 2];
  OwnSpan *Current[OwnNumClasses]; ///< Never null.
  OwnList Partial[OwnNumClasses];  ///< With free objects.
  OwnList Full[OwnNumClasses];
  OwnSpan *Ask[OwnNumClasses]; ///< Where the round of Full goes on.
  OwnCache *NextIdle;

  void removeFull(OwnSpan *S) {
    if (Ask[S->Class] == S)
      Ask[S->Class] = S->Next;
    Full[S->Class].remove(S);
    S->Full = false;
  }
  /// A full span that has free objects now.
  void reopen(OwnSpan *S) {
    removeFull(S);
    Partial[S->Class].push(S);
  }
};

/// Classes are 16 bytes apart up to 256, then eight to a doubling, or a little
/// larger: what a product divides.
struct OwnClasses {
  uint32_t Size[OwnNumClasses] = {};
  uint8_t Of[2049] = {}; ///< By request / 16.

  constexpr OwnClasses() {
    unsigned N = 0;
    for (uint32_t S = 32; S <= 256; S += 16)
      Size[N++] = S;
    for (uint32_t Power = 256; Power != 32768; Power *= 2)
      for (uint32_t Part = 0; Part != 8; ++Part)
        Size[N++] = Power + Part * (Power / 8) + 16;
    Size[N++] = 32768 + 16;
    for (uint32_t &S : Size)
      while (!OwnLookup::divides(S))
        S += 16;
    for (uint32_t Request = 0, Class = 0; Request != 2049; ++Request) {
      while (Size[Class] < Request * 16 + 16)
        ++Class;
      Of[Request] = static_cast<uint8_t>(Class);
    }
  }
};
extern const OwnClasses OwnClassTable __attribute__((visibility("hidden")));

class OwnHeap {
public:
  static constexpr unsigned PageBits = OwnLookup::PageBits;
  static constexpr uint64_t PageSize = uint64_t(1) << PageBits;
  static constexpr uint64_t MaxSmall = 32768 + 15; ///< Largest request.
  static constexpr unsigned NumClasses = OwnNumClasses;
  static constexpr unsigned NumBins = 65; ///< By pages; the last: 64 and more.

  /// Meta: two bits of state, two flags, then bytes asked for or the next free.
  enum : uint32_t {
    Live = 1,
    Buried = 2, ///< A freed one that slots point at, see ShadowHeap::keepFreed,
                ///< or in quarantine.
    StateMask = 3,
    Listed = 4,
    Moved = 8, ///< Aligned: the allocation begins after the object does.
    FlagBits = 4
  };

  /// Where a live allocation is.
  struct Place {
    OwnSpan *Span;
    uint32_t Index, Id;
    bool Listed; ///< Its lists are in use.
  };

  /// False if the address space is limited too tightly.
  bool start();
  bool on() const { return Base != 0; }

  /// The usual case, for the callers to inline: null if it is another.
  __attribute__((always_inline)) void *allocateQuickly(OwnCache &C, size_t Size,
                                                       uint32_t &Id) {
    OwnStock *K = &C.Stock[OwnClassTable.Of[Size >> 4]];
    asm("" : "+r"(K)); // or GCC works the address out again for each field
    OwnStock::Object *O = K->Top;
    Id = O->Id;
    if (RETSAN_UNLIKELY(!Id))
      return nullptr;
    K->Top = O - 1;
    if (!O->Address)
      __builtin_unreachable();
    storeRelease(Meta[Id], static_cast<uint32_t>(Size + 1) << FlagBits | Live);
    // Nobody looked at the object since it was freed: the next one to be handed
    // out is fetched while this one is filled.
    __builtin_prefetch(reinterpret_cast<void *>(O[-1].Address), 1);
    return reinterpret_cast<void *>(O->Address);
  }
  /// What releaseQuickly found.
  struct Released {
    enum What : uint8_t {
      Done,
      Other, ///< Nothing was done: no small object, or one to be told of.
      Full   ///< Nothing was done: the stock of Class has no room.
    };
    uint64_t Size; ///< Bytes that were asked for.
    uint32_t Id;
    uint8_t Class;
  };
  /// Gives back an allocation that has no lists. \p Early is called with the
  /// id, before anything is waited for.
  template <typename Fn>
  __attribute__((always_inline)) Released::What
  releaseQuickly(OwnCache *C, uint64_t Address, Released &Out, Fn Early) {
    uint64_t At = Address - Base, Page = At >> PageBits;
    if (RETSAN_UNLIKELY(Page >= loadRelaxed(TopPage)))
      return Released::Other;
    const OwnLookup &L = Lookups[Page];
    uint64_t Product = L.product(At);
    // Before Meta: if it was watched until now, the object's flags tell.
    uint8_t Kind = loadAcquire(L.Kind);
    uint32_t Id = OwnLookup::id(Product);
    uint32_t *M = &Meta[Id];
    Early(Id);
    // Live, not Listed, not Moved.
    if (RETSAN_UNLIKELY((*M & ~(~0u << FlagBits)) != Live ||
                        !L.isStart(Product)))
      return Released::Other;
    OwnStock *K = &C->Stock[Kind];
    asm("" : "+r"(K));
    OwnStock::Object *O = K->Top;
    Out.Class = Kind;
    if (RETSAN_UNLIKELY(O == K->End))
      return Kind < NumClasses ? Released::Full : Released::Other;
    Out.Size = (*M >> FlagBits) - 1;
    Out.Id = Id;
    storeRelaxed(*M, 0u);
    O[1] = {Address, Id};
    K->Top = O + 1;
    return Released::Done;
  }
  /// Gives the older half of a stock back to the spans.
  void spill(OwnCache &C, unsigned Class) {
    spill(C, Class, (C.Stock[Class].count() + 1) / 2);
  }

  void *allocate(size_t Size);
  void *allocateZeroed(size_t Size);
  void *allocateAligned(size_t Alignment, size_t Size);
  /// The lists of an allocation must have been ended.
  void release(const Place &P);
  /// Dead, but not to be used again before release().
  void hold(const Place &P) { storeRelaxed(Meta[P.Id], uint32_t(Buried)); }
  /// In a signal handler that interrupted the allocator.
  void releaseNested(const Place &P);
  /// Changes the size of a live one where it is; false if it must move.
  bool resize(uint32_t Id, size_t Size);

  bool owns(uint64_t Address) const {
    return Address - Base < loadRelaxed(TopPage) << PageBits;
  }
  /// Id of the object that holds \p Address, live or not; 0 where there is no
  /// object.
  uint32_t idAt(uint64_t Address) const {
    if (!owns(Address))
      return 0;
    uint64_t At = Address - Base;
    return OwnLookup::id(Lookups[At >> PageBits].product(At));
  }
  /// Id of the live allocation that holds \p Address or ends there, else 0.
  uint32_t find(uint64_t Address) const {
    if (!owns(Address))
      return 0;
    uint64_t At = Address - Base;
    const OwnLookup &L = Lookups[At >> PageBits];
    uint64_t Product = L.product(At);
    uint32_t Id = OwnLookup::id(Product);
    uint32_t M = loadRelaxed(Meta[Id]);
    if ((M & StateMask) != Live)
      return 0;
    uint64_t Within = L.within(Product);
    if (RETSAN_UNLIKELY(M & Moved || !L.Magic))
      Within = Address - startOf(Id);
    return Within <= sizeOf(Id) ? Id : 0;
  }

  /// The same; \p Size of it. False if there is none: then \p Size is as it
  /// was.
  bool findSize(uint64_t Address, uint64_t &Size) const {
    if (!owns(Address))
      return false;
    uint64_t At = Address - Base;
    const OwnLookup &L = Lookups[At >> PageBits];
    uint64_t Product = L.product(At);
    uint32_t M = loadRelaxed(Meta[OwnLookup::id(Product)]);
    // A small one that begins where its object does.
    if (RETSAN_LIKELY((M & (StateMask | Moved)) == Live && M >> FlagBits)) {
      uint64_t Asked = (M >> FlagBits) - 1;
      if (L.within(Product) > Asked)
        return false;
      Size = Asked;
      return true;
    }
    uint32_t Id = find(Address);
    if (Id)
      Size = sizeOf(Id);
    return Id != 0;
  }

  /// The allocation that starts at \p Address. False if there is none.
  bool place(uint64_t Address, Place &P) const {
    if (!owns(Address))
      return false;
    uint64_t At = Address - Base;
    const OwnLookup &L = Lookups[At >> PageBits];
    uint64_t Product = L.product(At);
    P.Id = OwnLookup::id(Product);
    uint32_t M = loadRelaxed(Meta[P.Id]);
    P.Listed = M & Listed;
    if (RETSAN_UNLIKELY((M & StateMask) != Live))
      return false;
    P.Span = spanOf(P.Id);
    P.Index = P.Id - P.Span->FirstId;
    return RETSAN_LIKELY(L.isStart(Product)) ||
           ((M & Moved || !L.Magic) && Address == startOf(P.Id));
  }
  /// Where an address may point, before anything is known of the object; one
  /// that is Moved begins later than it says, a large one earlier.
  struct Candidate {
    uint64_t Start, Within;
    uint32_t Id;
    uint32_t Size; ///< Of objects of its span; 0: large.
  };
  /// Copies of what never changes while threads are stopped, for registers.
  struct View {
    uint64_t Base, Bytes;
    const OwnLookup *Lookups;
    const uint32_t *Meta;

    __attribute__((always_inline)) bool candidate(uint64_t Address,
                                                  Candidate &C) const {
      uint64_t At = Address - Base;
      if (At >= Bytes)
        return false;
      const OwnLookup L = Lookups[At >> PageBits];
      uint64_t Product = L.product(At);
      C.Id = OwnLookup::id(Product);
      if (!C.Id)
        return false;
      C.Within = L.within(Product);
      C.Start = Address - C.Within;
      C.Size = L.Size;
      return true;
    }
  };
  /// Calls \p F with first page, number of pages and live objects of each span
  /// (those that other threads gave back are counted still).
  template <typename Fn> void forEachSpan(Fn F) const {
    for (uint64_t P = 0; P < TopPage; ++P)
      if (Spans[P].What == OwnSpan::InUse)
        F(P, Spans[P].Pages, Spans[P].Used);
  }
  View view() const {
    return {Base, loadRelaxed(TopPage) << PageBits, Lookups, Meta};
  }
  bool isMoved(uint32_t Id) const { return loadRelaxed(Meta[Id]) & Moved; }

  /// The span of \p Address is watched from now on. False if there are too
  /// many: watchOnly() makes room.
  bool watch(uint64_t Address) {
    OwnSpan *S = spanOf(idAt(Address));
    if (S->ownerWord() & OwnSpan::WatchedBit)
      return true;
    if (NumWatched == MaxWatched)
      return false;
    Watched[NumWatched++] = S;
    setKinds(S, WatchedKind);
    __atomic_fetch_or(reinterpret_cast<uint64_t *>(&S->Owner),
                      OwnSpan::WatchedBit, __ATOMIC_ACQ_REL);
    return true;
  }
  /// From now on only what holds \p Values is watched. What was and still is
  /// stays so throughout.
  void watchOnly(const uint64_t *Values, uint32_t Count);
  static bool isWatched(const OwnSpan *S) {
    return S->ownerWord() & OwnSpan::WatchedBit;
  }

  /// First page of the span of \p Id.
  uint64_t firstPageOf(uint32_t Id) const { return IdPages[Id >> 6]; }
  /// Pages of the span that begins with \p Page.
  uint64_t pagesFrom(uint64_t Page) const { return Spans[Page].Pages; }
  uint64_t startOf(uint32_t Id) const;
  uint64_t sizeOf(uint32_t Id) const {
    uint32_t M = loadRelaxed(Meta[Id]);
    if (RETSAN_UNLIKELY(!(M >> FlagBits)))
      return (M & StateMask) == Live ? largeSize(Id) : 0;
    return (M >> FlagBits) - 1;
  }
  uint32_t stateOf(uint32_t Id) const {
    return loadRelaxed(Meta[Id]) & StateMask;
  }
  bool isLive(uint32_t Id) const { return stateOf(Id) == Live; }
  bool isListed(uint32_t Id) const { return loadRelaxed(Meta[Id]) & Listed; }
  void setListed(uint32_t Id) {
    __atomic_fetch_or(&Meta[Id], Listed, __ATOMIC_RELAXED);
  }
  AllocLists &lists(uint32_t Id) const;
  // GCC takes a function that only prefetches for one without effects, unless
  // it is inlined at once.
  __attribute__((always_inline)) void prefetchMeta(uint32_t Id) const {
    __builtin_prefetch(&Meta[Id]);
  }

  /// An id without memory, for a freed allocation; 0 if there is none.
  uint32_t bury();
  void unbury(uint32_t Id);

  uint32_t limit() const { return loadRelaxed(NextId); }
  uint32_t maxIds() const { return MaxIds; }
  /// Of pages that hold objects, as of now or a moment ago.
  uint64_t bytesInUse() const { return loadRelaxed(PagesInUse) << PageBits; }
  uint64_t bytesUsable() const { return CommitPages << PageBits; }
  uint64_t lowest() const { return Base; }
  uint64_t highest() const { return Base + (loadRelaxed(TopPage) << PageBits); }

  /// For a debugger, see retsan/debugger.h.
  void describe(retsan_debugger_v1 &D) const;

  /// The calling thread ends: its cache goes to the next one.
  void leaveCache();
  void lockForFork();
  void unlockAfterFork();

private:
  void freeLast(OwnSpan *S);
  void freeRemote(OwnSpan *S, uint32_t Index, uint32_t Id);
  OwnSpan *spanOf(uint32_t Id) const { return &Spans[IdPages[Id >> 6]]; }
  uint64_t largeSize(uint32_t Id) const { return spanOf(Id)->LargeSize; }
  bool reserve(uint64_t HeapSize);

  // Pages; under PageLock.
  OwnSpan *takeRun(uint64_t Pages, bool &Zero);
  void giveRun(uint64_t Page, uint64_t Pages, bool Zero);
  bool growTop(uint64_t Pages);
  /// Of free runs, before memory goes back to the kernel.
  uint64_t pagesKept() const {
    return PagesInUse / 2 < 1024 ? 1024 : PagesInUse / 2;
  }
  void purge();
  void unlinkRun(OwnSpan *S);
  uint32_t takeIds(uint32_t Count, unsigned Class);
  unsigned binOf(uint64_t Pages) const {
    return Pages < NumBins ? static_cast<unsigned>(Pages) : NumBins;
  }

  void enterSpan(OwnSpan *S, uint64_t Pages);
  OwnSpan *newSpan(unsigned Class, uint32_t Size);
  void freeSpan(OwnSpan *S);
  bool resizeLarge(OwnSpan *S, size_t Size);
  void *allocateLarge(size_t Size, size_t Alignment, bool Zeroed);
  void *allocateSmall(size_t Size, bool Zeroed);
  OwnSpan *refill(OwnCache *&C, unsigned Class);
  OwnSpan *nextOf(OwnCache &C, unsigned Class);
  OwnCache *takeCache();
  bool collect(OwnSpan *S);
  void restock(OwnCache &C, unsigned Class, OwnSpan *S);
  void spill(OwnCache &C, unsigned Class, uint32_t Count);
  /// Of a span of small objects.
  void setKinds(OwnSpan *S, uint8_t Kind) {
    if (S->Size)
      for (uint32_t N = 0; N != S->Pages; ++N)
        storeRelease(Lookups[(S - Spans) + N].Kind, Kind);
  }
  void collectAll(OwnCache &C);
  void collectIdle();

  // All that malloc and free read.
  alignas(64) uint64_t Base = 0;
  uint64_t TopPage = 0; ///< Pages that are or were in a run.
  OwnLookup *Lookups = nullptr;
  OwnSpan *Spans = nullptr; ///< By the first page.
  uint32_t *Meta = nullptr;
  // Of a page: a class, or one of these.
  static constexpr uint8_t LargeKind = NumClasses, WatchedKind = NumClasses + 1;

  static constexpr uint32_t MaxWatched = 128;
  OwnSpan *Watched[MaxWatched] = {};
  uint32_t NumWatched = 0;

  uint64_t Reserved = 0;
  uint64_t CommitPages = 0; ///< Pages that may be read and written.
  bool TopIsHuge = false;   ///< The last of them are in huge pages.
  AllocLists *Lists = nullptr;
  uint32_t *IdPages = nullptr; ///< First page of the span, by id / 64.
  uint32_t MaxIds = 0, NextId = 64;
  uint32_t DumpedIds = 0; ///< Meta is in core dumps up to here.

  Lock PageLock;
  OwnList Bins[NumBins + 1] = {};
  uint64_t PagesInUse = 0, DirtyPages = 0, SweptAt = 0;
  MapVector<uint32_t> SpareIds[NumClasses + 1] = {};

  Lock CacheLock;
  OwnCache *Idle = nullptr;

  Lock BuryLock;
  MapVector<uint32_t> Graves;
};

} // namespace retsan

#endif
