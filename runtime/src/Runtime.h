//===- Runtime.h - the one object that holds the runtime's state ----------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All writable state is in `R` (so that the mark can leave it out of its roots)
// and in one thread-local object. A thread is inside the runtime while it has a
// RuntimeScope: the signal that stops threads is then put off to the end of the
// scope, so a stopped thread never holds a lock of ours or of malloc.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_RUNTIME_H
#define RETSAN_RUNTIME_RUNTIME_H

#include "Depot.h"
#include "FieldTable.h"
#include "Migrations.h"
#include "Options.h"
#include "ProfileWriter.h"
#include "Quarantine.h"
#include "ShadowHeap.h"
#include "Stamps.h"
#include "Suppressions.h"
#include "Sys.h"

namespace retsan {

enum class Tripwire : uint8_t { Off, Watch, Poison };

/// tripwire=poison puts this into the upper bits of a dead slot's pointer,
/// which no address has: whoever follows it faults.
inline constexpr uint64_t PoisonTag = 0x7e5a;
inline uint64_t poison(uint64_t Value) { return Value | PoisonTag << 48; }
inline uint64_t plainValue(uint64_t V) {
  return RETSAN_UNLIKELY(V >> 48 == PoisonTag) ? V << 16 >> 16 : V;
}

/// A finding state that was entered by a function which has not returned yet.
struct PendingEntry {
  uint32_t Instance;
  uint32_t Serial; ///< Of the entry, to know it again.
  uint16_t State;
  uint16_t Depth;
};

struct ThreadState {
  static constexpr uint32_t IdBatch = 64;
  static constexpr uint32_t IdCacheSize = 2 * IdBatch;
  static constexpr uint32_t MaxPending = 16;

  uint32_t Depth; ///< Of RuntimeScopes.
  uint32_t CachedIds;
  uint64_t StopRequest;  ///< Put off until Depth is 0.
  uint64_t BytesPending; ///< Allocated, not yet added to R.BytesAllocated.
  const struct retsan_site_v1 *LastSite;
  uint64_t HookPc; ///< Where the present hook returns to.
  int Tid;
  bool HasExitKey;
  bool IsHelper; ///< The runtime's own thread: neither counted nor a root.
  uint32_t StacksFound;          ///< How often the bounds below were asked for.
  uint64_t StackBegin, StackEnd; ///< See walkFrames.
  ThreadBlock *Block;
  OwnCache *Cache; ///< Of the back end `own`.
  PendingEntry Pending[MaxPending];
  uint32_t IdCache[IdCacheSize];
};

extern __thread ThreadState TheThread
    __attribute__((tls_model("initial-exec"), visibility("hidden")));
inline ThreadState &thread() { return TheThread; }

/// Of the calling thread: how deep it is in instrumented functions, and how
/// many of ThreadState::Pending are in use.
inline retsan_scope_v1 &scope() { return __retsan_scope_v1; }

enum class Phase : uint32_t {
  Unstarted, ///< Only the shadow heap may be in use.
  Running,
  Ended ///< The last tables are written; hooks do nothing.
};

struct Range {
  uint64_t Begin, End;
};

struct Runtime {
  Options Opts;
  Phase Stage = {};
  bool Yielded = {}; ///< Another copy of the runtime is in charge.
  uint32_t HeapStage = {};
  /// What keeps malloc and free from their shortest ways.
  enum : uint32_t {
    TellLives = 1, ///< They tell Stamps of each life: mode `all`.
    LongWays = 2,
    WipeStamps = 4, ///< A free wipes the stamps; so it does with TellLives.
    WipeLast = 8    ///< And what was folded.
  };
  uint32_t QuickOff = {}; ///< Any of these.
  void turnOff(uint32_t Ways) {
    __atomic_fetch_or(&QuickOff, Ways, __ATOMIC_RELAXED);
  }
  uint64_t StartTicks = 0;
  /// The allocation clock. All threads write it: by itself, since what lies
  /// around it is read by each malloc.
  alignas(64) uint64_t BytesAllocated = {};
  alignas(64) int Pid = {};
  const char *Program = {};
  const char *FindingsId = {};
  uint32_t Mode = {};
  uint64_t MainStackTop = {};
  uint32_t ExitStarted = {};
  int HelperTid = {};
  int (*RealMain)(int, char **, char **) = {};
  bool HasKey = {};
  unsigned ThreadKey = {}; ///< Its destructor runs as a thread ends.
  MapVector<const char *> Notes;
  uint32_t HelperWord = {}; ///< Futex on which the helper thread sleeps.
  uint32_t HelperStarted = {};
  Lock StartLock;
  Lock CheckpointLock;
  Lock RangeLock;
  Arena Strings; ///< Under StartLock or FieldTable's lock.
  MapVector<Range> Globals;
  MapVector<Range> UserRoots;
  Range LibcArena = {}; ///< Not a root, see findLibcArena.
  ShadowHeap Heap;
  FieldTable Fields;
  Stamps Uses;
  Depot Stacks;
  Quarantine Freed;
  Migrations Moves;
  uint64_t GrowthAt = {}; ///< Heap bytes that ask for a checkpoint; 0: none.
  Suppressions Suppressed;
  Tripwire Trip = {};
  bool Acts = {}; ///< Slots are written as they become stale: cure, poison.
  MapVector<const char *> RootNames; ///< Under CheckpointLock.
  ProfileWriter Profile;
};

extern Runtime R __attribute__((visibility("hidden")));

void takePutOffStop();

/// Puts the caller's registers on the caller's stack and returns where that
/// begins.
__attribute__((always_inline)) inline uint64_t spillRegisters() {
  uint64_t Sp;
  __builtin_unwind_init();
  __asm__ volatile("mov %%rsp, %0" : "=r"(Sp));
  return Sp;
}

class RuntimeScope {
public:
  RuntimeScope() {
    ++thread().Depth;
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
  ~RuntimeScope() {
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    ThreadState &T = thread();
    if (--T.Depth == 0 && RETSAN_UNLIKELY(T.StopRequest != 0))
      takePutOffStop();
  }
  RuntimeScope(const RuntimeScope &) = delete;
  RuntimeScope &operator=(const RuntimeScope &) = delete;
};

inline Moment now() {
  return {ticks(), loadRelaxed(R.BytesAllocated) + thread().BytesPending};
}

/// Chooses the allocator and starts the shadow heap for it.
bool startBackEnd();
/// Fills in what a debugger may read.
void describeToDebugger();
/// Calls that once; safe in the very first malloc.
bool startHeap();
/// Starts everything else: options, clock, handlers. Idempotent.
void start();
inline bool running() { return loadRelaxed(R.Stage) == Phase::Running; }
inline bool ended() { return loadRelaxed(R.Stage) == Phase::Ended; }

/// Has the calling thread's caches given back when it ends.
void watchThreadEnd();

void findLibcArena();

/// Address of this copy's malloc, whatever copy is in charge.
void *ownMalloc();

/// Opens the profile if options ask for one and it is not open.
void openProfile();

/// Says something that the report must carry.
void note(const Text &T);

/// Learns the writable segments of all loaded modules. Takes the loader's lock:
/// call it outside a RuntimeScope.
void refreshGlobals();
bool isGlobal(uint64_t Address);
bool isUserRoot(uint64_t Address);

/// Marks and records a checkpoint; returns ghost-retained bytes. \p StackFrom
/// is the address above which the caller's stack is live.
uint64_t checkpoint(const char *Why, uint64_t StackFrom);

/// Reads the options tripwire and cure, and installs what they need.
void startProofs();

/// Writes the last tables. \p Complete adds the footer. Returns true if a
/// finding was confirmed. Only the first call does anything.
bool finish(bool Complete);

} // namespace retsan

#endif
