//===- MarkOwn.cpp - phase 1 over the allocator of our own ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See MarkOwn.h. The helpers are bare threads of the kernel: they use no libc
// and no thread-locals, block all signals, and are gone before the program goes
// on. One that cannot be made, or gets no processor, is not waited for: the
// others do its work.
//
//===----------------------------------------------------------------------===//

#include "MarkOwn.h"
#include "Mark.h"

#include <linux/futex.h>
#include <linux/sched.h>
#include <string.h>

namespace retsan {

static void lockGuard(uint32_t &Word) {
  while (__atomic_exchange_n(&Word, 1, __ATOMIC_ACQUIRE))
    sysCall(SYS_sched_yield);
}
static void unlockGuard(uint32_t &Word) { storeRelease(Word, 0u); }

bool OwnMark::start(const OwnHeap &H, const Marker &M) {
  Heap = &H;
  Slots = &M;
  Maps = M.anyUnreadable() ? &M : nullptr;
  Limit = H.limit();
  BitBytes = (size_t(Limit) / 64 + 1) * sizeof(uint64_t);
  Pages = (H.highest() - H.lowest()) >> OwnHeap::PageBits;
  // Bits, bytes and counts in one mapping.
  char *P = static_cast<char *>(mapMemory(BitBytes + tableBytes()));
  if (!P)
    return false;
  Bits = reinterpret_cast<uint64_t *>(P);
  Left = reinterpret_cast<uint32_t *>(P + BitBytes);
  Exhausted = reinterpret_cast<uint8_t *>(Left + Pages);
  H.forEachSpan([&](uint64_t First, uint32_t, uint32_t Used) {
    if (First < Pages)
      Left[First] = Used;
  });
  return true;
}

void OwnMark::release() {
  if (Bits)
    unmapMemory(Bits, BitBytes + tableBytes());
  Bits = nullptr;
  Roots.release();
  RootWords.release();
  Shared.release();
}

void OwnMark::addRange(uint64_t Begin, uint64_t End) {
  Begin = (Begin + 7) & ~uint64_t(7);
  End &= ~uint64_t(7);
  if (Begin < End && !Roots.push({Begin, End}))
    Failed = true;
}

void OwnMark::addWord(uint64_t Word) {
  if (!RootWords.push(Word))
    Failed = true;
}

/// An object of a span of large ones was marked.
void OwnMark::markedOne(uint32_t Id) {
  const OwnHeap::View V = Heap->view();
  uint64_t First = Heap->firstPageOf(Id);
  const OwnLookup &L = V.Lookups[First];
  if (L.Size && L.Size < MinCounted)
    return;
  if (__atomic_sub_fetch(&Left[First], 1, __ATOMIC_RELAXED))
    return;
  for (uint64_t P = First, End = First + Heap->pagesFrom(First);
       P < End && P < Pages; ++P)
    storeRelaxed(Exhausted[P], uint8_t(1));
}

/// One thread's part.
struct MarkWorker {
  using Item = OwnMark::Item;
  struct Candidate {
    uint64_t Start;
    uint64_t Within; ///< From there to where the word points.
    uint32_t Id;
  };
  static constexpr unsigned Delay = 32;
  /// Long ranges are scanned in parts, so that the rest can be given away.
  static constexpr uint64_t Part = 16384;
  /// What is worth being fetched ahead, and how far.
  static constexpr uint64_t LargeRange = 1024, Ahead = 768;

  OwnMark &M;
  bool Alone;
  MapVector<Item> Stack;
  unsigned At = 0;
  Candidate Line[Delay] = {};

  MarkWorker(OwnMark &M, bool Alone) : M(M), Alone(Alone) {}

  void push(uint64_t Begin, uint64_t End, bool HasSlots) {
    End &= ~uint64_t(7);
    if (Begin < End && !Stack.push({Begin | HasSlots, End}))
      storeRelaxed(M.Failed, true);
  }

  /// The candidate has waited: its lines should be there.
  __attribute__((always_inline)) inline void
  visit(const OwnHeap::View &V, uint64_t *Bits, const Candidate &C) {
    uint64_t &Word = Bits[C.Id >> 6];
    uint64_t Bit = uint64_t(1) << (C.Id & 63);
    if (loadRelaxed(Word) & Bit)
      return;
    uint32_t Meta = loadRelaxed(V.Meta[C.Id]);
    // Usually: live, small, no slots, and the word points into what was asked
    // for.
    uint64_t Size = (Meta >> OwnHeap::FlagBits) - 1;
    if (RETSAN_UNLIKELY((Meta & ~(~0u << OwnHeap::FlagBits)) != OwnHeap::Live ||
                        C.Within > Size || Size >= 4096)) {
      visitOther(C);
      return;
    }
    if (Alone)
      storeRelaxed(Word, Word | Bit);
    else if (__atomic_fetch_or(&Word, Bit, __ATOMIC_RELAXED) & Bit)
      return;
    push(C.Start, C.Start + Size, false);
    if (Size >= OwnMark::MinCounted - 16)
      M.markedOne(C.Id);
  }

  __attribute__((noinline)) void visitOther(const Candidate &C) {
    const OwnHeap &H = *M.Heap;
    if (!H.isLive(C.Id))
      return;
    uint64_t Start = H.startOf(C.Id), Size = H.sizeOf(C.Id);
    if (C.Start + C.Within - Start > Size)
      return;
    uint64_t Bit = uint64_t(1) << (C.Id & 63);
    if (__atomic_fetch_or(&M.Bits[C.Id >> 6], Bit, __ATOMIC_RELAXED) & Bit)
      return;
    if (Size >= OwnMark::MinCounted - 16)
      M.markedOne(C.Id);
    bool HasSlots = H.isListed(C.Id) && H.lists(C.Id).Owned;
    // A program may protect whole pages only, so small objects can be read.
    if (RETSAN_UNLIKELY(M.Maps && Size >= 4096))
      M.Maps->forReadable(Start, Start + Size, [&](uint64_t B, uint64_t E) {
        push((B + 7) & ~uint64_t(7), E, HasSlots);
      });
    else
      push(Start, Start + Size, HasSlots);
  }

  __attribute__((always_inline)) inline void consider(const OwnHeap::View &V,
                                                      uint64_t *Bits,
                                                      const uint8_t *Exhausted,
                                                      uint64_t Word) {
    OwnHeap::Candidate C;
    Word &= ShadowHeap::AddressMask;
    if (Word - V.Base >= V.Bytes ||
        Exhausted[(Word - V.Base) >> OwnHeap::PageBits] ||
        !V.candidate(Word, C) || RETSAN_UNLIKELY(C.Id >= M.Limit))
      return;
    // Bits of large objects are few enough to be in the cache.
    if (C.Size - 1 >= OwnMark::MinCounted - 1 &&
        Bits[C.Id >> 6] >> (C.Id & 63) & 1)
      return;
    __builtin_prefetch(&Bits[C.Id >> 6]);
    __builtin_prefetch(&V.Meta[C.Id]);
    // An object of 64 bytes seldom is one line.
    __builtin_prefetch(reinterpret_cast<const void *>(C.Start));
    __builtin_prefetch(reinterpret_cast<const void *>(C.Start + 63));
    Candidate Old = Line[At];
    Line[At] = {C.Start, C.Within, C.Id};
    At = (At + 1) % Delay;
    if (Old.Id)
      visit(V, Bits, Old);
  }

  void consider(uint64_t Word) {
    consider(M.view(), M.Bits, M.Exhausted, Word);
  }

  void scan(uint64_t Begin, uint64_t End, bool HasSlots) {
    const OwnHeap::View V = M.view();
    uint64_t *Bits = M.Bits;
    const uint8_t *Exhausted = M.Exhausted;
    if (RETSAN_UNLIKELY(HasSlots)) {
      for (; Begin != End; Begin += 8)
        if (!M.Slots->skips(Begin))
          consider(V, Bits, Exhausted,
                   *reinterpret_cast<const uint64_t *>(Begin));
      return;
    }
    // The processor's own prefetching begins anew with each object, and ends
    // with a page.
    if (End - Begin >= LargeRange)
      for (; End - Begin >= 64; Begin += 64) {
        __builtin_prefetch(reinterpret_cast<const char *>(Begin) + Ahead);
        for (uint64_t At = Begin; At != Begin + 64; At += 8)
          consider(V, Bits, Exhausted, *reinterpret_cast<const uint64_t *>(At));
      }
    for (; Begin != End; Begin += 8)
      consider(V, Bits, Exhausted, *reinterpret_cast<const uint64_t *>(Begin));
  }

  /// The beginning of the range that is likely to come next.
  void expectNext() const {
    if (Stack.empty())
      return;
    const Item &I = Stack[Stack.size() - 1];
    if (I.End - I.Begin < LargeRange)
      return;
    for (uint64_t Line = 64; Line != Ahead; Line += 64)
      __builtin_prefetch(reinterpret_cast<const char *>(I.Begin) + Line);
  }

  /// Others have nothing to do: they get the older half.
  __attribute__((noinline)) void give() {
    size_t Half = Stack.size() / 2;
    lockGuard(M.Guard);
    bool Room = true;
    size_t N = 0;
    while (N != Half && (Room = M.Shared.push(Stack[N])))
      ++N;
    unlockGuard(M.Guard);
    Stack.dropFirst(N);
  }

  void drain() {
    for (;;) {
      for (unsigned Waiting = 0; Stack.empty() && Waiting != Delay; ++Waiting) {
        Candidate Old = Line[At];
        Line[At].Id = 0;
        At = (At + 1) % Delay;
        if (Old.Id)
          visit(M.view(), M.Bits, Old);
      }
      if (Stack.empty() && (Alone || !M.takeShared(Stack)))
        return;
      if (!Alone && loadRelaxed(M.Hungry) && Stack.size() > 8)
        give();
      Item I = Stack.pop();
      bool HasSlots = I.Begin & 1;
      uint64_t Begin = I.Begin & ~uint64_t(1), End = I.End;
      if (End - Begin > Part) {
        Stack.push({(Begin + Part) | HasSlots, End});
        End = Begin + Part;
      }
      expectNext();
      scan(Begin, End, HasSlots);
    }
  }
};

/// Waits for work. False once nobody has any.
bool OwnMark::takeShared(MapVector<Item> &Into) {
  __atomic_fetch_add(&Hungry, 1, __ATOMIC_RELAXED);
  for (unsigned Round = 0;; ++Round) {
    lockGuard(Guard);
    if (!Shared.empty()) {
      size_t Count = (Shared.size() + 1) / 2;
      Count = Count > 256 ? 256 : Count;
      for (size_t N = 0; N != Count; ++N)
        if (!Into.push(Shared.pop()))
          storeRelaxed(Failed, true);
      __atomic_fetch_sub(&Hungry, 1, __ATOMIC_RELAXED);
      unlockGuard(Guard);
      return true;
    }
    // Those who are hungry gave nothing since they looked.
    Done |= loadRelaxed(Hungry) == Joined;
    bool Over = Done;
    unlockGuard(Guard);
    if (Over)
      return false;
    if (Round > 100)
      sysCall(SYS_sched_yield);
    else
      __builtin_ia32_pause();
  }
}

//===----------------------------------------------------------------------===//
// Helpers
//===----------------------------------------------------------------------===//

namespace {
struct Helper {
  OwnMark *Mark;
  void (*Work)(OwnMark *);
  int Tid; ///< The kernel clears it, and wakes, when the thread is gone.
};
constexpr size_t HelperStack = 1 << 16;
} // namespace

static void helpMark(OwnMark *M);

/// On its own stack; never returns.
extern "C" __attribute__((noreturn, used, visibility("hidden"))) void
retsanRunMarkHelper(Helper *H) {
  H->Work(H->Mark);
  for (;;)
    sysCall(SYS_exit, 0);
}

/// clone() without libc: a child cannot return on a fresh stack from a function
/// that was compiled for the old one. Thread-locals stay those of the caller,
/// which waits; nothing here uses them.
static bool startHelper(Helper *H, void *StackTop) {
  constexpr long Flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                         CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
                         CLONE_CHILD_CLEARTID;
  long Ret;
  register long R10 __asm__("r10") = reinterpret_cast<long>(&H->Tid);
  register long R8 __asm__("r8") = 0;
  register Helper *R12 __asm__("r12") = H;
  __asm__ volatile("syscall\n\t"
                   "test %%rax, %%rax\n\t"
                   "jnz 1f\n\t"
                   "xor %%ebp, %%ebp\n\t"
                   "mov %%r12, %%rdi\n\t"
                   "call retsanRunMarkHelper\n\t"
                   "1:"
                   : "=a"(Ret)
                   : "a"(SYS_clone), "D"(Flags), "S"(StackTop), "d"(&H->Tid),
                     "r"(R10), "r"(R8), "r"(R12)
                   : "rcx", "r11", "memory");
  return Ret > 0;
}

static void waitForHelper(Helper &H) {
  // The kernel wakes by the shared key.
  while (int Tid = loadAcquire(H.Tid))
    sysCall(SYS_futex, reinterpret_cast<long>(&H.Tid), FUTEX_WAIT, Tid, 0);
}

struct MarkHelpers {
  static void help(OwnMark *M) {
    MarkWorker W(*M, false);
    if (M->join())
      W.drain();
    W.Stack.release();
  }
};

static void helpMark(OwnMark *M) { MarkHelpers::help(M); }

bool OwnMark::join() {
  lockGuard(Guard);
  bool Early = !Done;
  Joined += Early;
  unlockGuard(Guard);
  return Early;
}

void OwnMark::run(unsigned Threads) {
  constexpr unsigned MaxHelpers = 15;
  // A few milliseconds of work are not worth a thread.
  if (Heap->highest() - Heap->lowest() < 16u << 20)
    Threads = 1;
  MarkWorker W(*this, Threads <= 1);
  Joined = 1;
  for (const Item &I : Roots)
    W.push(I.Begin, I.End, false);
  for (uint64_t Word : RootWords)
    W.consider(Word);

  Helper Helpers[MaxHelpers];
  unsigned Count = 0;
  unsigned Wanted = Threads - 1 < MaxHelpers ? Threads - 1 : MaxHelpers;
  char *Stacks = nullptr;
  uint64_t Old = 0, All = ~uint64_t(0);
  if (Threads > 1)
    Stacks = static_cast<char *>(mapMemory(Wanted * HelperStack));
  if (Stacks) {
    sysCall(SYS_rt_sigprocmask, 0 /*SIG_BLOCK*/, reinterpret_cast<long>(&All),
            reinterpret_cast<long>(&Old), sizeof All);
    for (; Count != Wanted; ++Count) {
      Helpers[Count] = {this, helpMark, 0};
      if (!startHelper(&Helpers[Count], Stacks + (Count + 1) * HelperStack))
        break;
    }
    sysCall(SYS_rt_sigprocmask, 2 /*SIG_SETMASK*/, reinterpret_cast<long>(&Old),
            0, sizeof Old);
  }
  W.drain();
  for (unsigned N = 0; N != Count; ++N)
    waitForHelper(Helpers[N]);
  if (Stacks)
    unmapMemory(Stacks, Wanted * HelperStack);
  W.Stack.release();
  // There may be more roots, and another run.
  Roots.clear();
  RootWords.clear();
  Hungry = 0;
  Done = false;
}

} // namespace retsan
