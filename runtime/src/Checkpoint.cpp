//===- Checkpoint.cpp - stop, mark, say -----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One checkpoint: the loader's lock is held over the stop (no module may vanish
// under the mark), then the threads are stopped, slots and states read anew,
// the heap marked from globals, stacks, registers and thread-locals, the
// threads resumed, and the result written. With `snapshot` a forked child does
// all that comes after the reading, and writes the result (Snapshot.h).
//
//===----------------------------------------------------------------------===//

#include "GhostTree.h"
#include "Kept.h"
#include "NextMalloc.h"
#include "Retained.h"
#include "Snapshot.h"
#include "Stop.h"

#include <link.h>
#include <retsan/debugger.h>
#include <retsan/profile_format.h>

RETSAN_EXPORT struct retsan_debugger_v1 __retsan_debugger_v1;

namespace retsan {

//===----------------------------------------------------------------------===//
// Globals
//===----------------------------------------------------------------------===//

namespace {
struct GlobalsVisit {
  uint64_t ThreadPointer;
  uint64_t StaticTls = 0;
  uint64_t Version = 0; ///< Grows as modules come and go.
  MapVector<Range> Ranges;
};
} // namespace

static uint64_t threadPointer() {
  uint64_t P;
  __asm__("mov %%fs:0, %0" : "=r"(P));
  return P;
}

static int visitModule(dl_phdr_info *Info, size_t, void *Arg) {
  auto *V = static_cast<GlobalsVisit *>(Arg);
  V->Version = Info->dlpi_adds + Info->dlpi_subs;
  bool IsAllocator = false;
  for (int I = 0; I != Info->dlpi_phnum; ++I) {
    const auto &Ph = Info->dlpi_phdr[I];
    uint64_t B = Info->dlpi_addr + Ph.p_vaddr;
    IsAllocator |= Ph.p_type == PT_LOAD && Next.isPartOfIt(B, B + Ph.p_memsz);
  }
  for (int I = 0; I != Info->dlpi_phnum && !IsAllocator; ++I) {
    const auto &Ph = Info->dlpi_phdr[I];
    if (Ph.p_type != PT_LOAD || !(Ph.p_flags & PF_W))
      continue;
    uint64_t B = Info->dlpi_addr + Ph.p_vaddr;
    V->Ranges.push({B, B + Ph.p_memsz});
  }
  // Blocks of modules loaded at the start lie right below the thread pointer,
  // at the same distance in every thread.
  uint64_t Tls = reinterpret_cast<uint64_t>(Info->dlpi_tls_data);
  if (Tls && Tls < V->ThreadPointer && V->ThreadPointer - Tls < (1u << 20) &&
      V->ThreadPointer - Tls > V->StaticTls)
    V->StaticTls = V->ThreadPointer - Tls;
  return 0;
}

/// The loader's lock comes first: a checkpoint holds it all the time.
static GlobalsVisit visitGlobals() {
  static uint64_t Version; // of R.Globals
  GlobalsVisit V;
  V.ThreadPointer = threadPointer();
  dl_iterate_phdr(visitModule, &V);
  RuntimeScope Scope;
  R.RangeLock.lock();
  // Another thread may have looked later and be here earlier.
  if (V.Version >= Version) {
    Version = V.Version;
    MapVector<Range> Old = R.Globals;
    R.Globals = V.Ranges;
    V.Ranges = Old;
  }
  R.RangeLock.unlock();
  V.Ranges.release();
  return V;
}

void refreshGlobals() { visitGlobals(); }

static bool contains(MapVector<Range> &Ranges, uint64_t Address) {
  bool Found = false;
  R.RangeLock.lock();
  for (const Range &G : Ranges)
    Found |= Address >= G.Begin && Address < G.End;
  R.RangeLock.unlock();
  return Found;
}

bool isGlobal(uint64_t Address) { return contains(R.Globals, Address); }
bool isUserRoot(uint64_t Address) { return contains(R.UserRoots, Address); }

//===----------------------------------------------------------------------===//
// The checkpoint
//===----------------------------------------------------------------------===//

namespace {
struct CheckpointJob {
  const char *Why;
  uint64_t StackFrom;
  uint64_t StaticTls = 0;
  uint64_t Begun = 0, Nanos = 0;
  Moment At = {};
  bool Marked = false;
  int Tid = currentTid();
  bool IsMain = Tid == R.Pid;
  SnapshotPage *Page = nullptr; ///< Null: the mark is done here.
  long Child = 0;
  uint64_t StackSaved = 0, StackSavedBytes = 0;
  Kept Ghosts;
  GhostTree Tree;
  StopResult Stop;
  Marker M;
  bool WantRoots = false;
  Retained Roots;
  AgeSums Ages;
};
} // namespace

static void markGlobals(Marker &M, Range G,
                        const Range (&Holes)[Retained::NumHoles]) {
  for (const Range &H : Holes)
    if (H.Begin >= G.Begin && H.End <= G.End && H.Begin != H.End) {
      // The others may lie on either side.
      markGlobals(M, {G.Begin, H.Begin}, Holes);
      markGlobals(M, {H.End, G.End}, Holes);
      return;
    }
  M.rootRange(G.Begin, G.End);
}

namespace {
/// Parts of the globals that are no roots: the runtime's own state, which knows
/// every slot's value, what it tells a debugger, and that of the allocator.
struct GlobalHoles {
  Range At[Retained::NumHoles] = {
      {reinterpret_cast<uint64_t>(&R),
       reinterpret_cast<uint64_t>(&R) + sizeof R},
      {reinterpret_cast<uint64_t>(&__retsan_debugger_v1),
       reinterpret_cast<uint64_t>(&__retsan_debugger_v1 + 1)},
      R.LibcArena};
};
} // namespace

/// \p Parts of what each thread can reach.
static void markThreads(CheckpointJob &J, unsigned Parts) {
  if (!thread().IsHelper)
    J.M.rootThread(J.StackFrom, threadPointer(), J.IsMain, J.StaticTls, Parts);
  for (uint32_t I = 0; I != J.Stop.Count; ++I) {
    const StoppedThread &T = stoppedThread(I);
    if (!isStopped(T))
      continue;
    if (R.Opts.use_registers && Parts & Marker::StackPart)
      for (uint64_t Word : T.Registers)
        J.M.rootWord(Word);
    J.M.rootThread(T.Sp, T.ThreadPointer, T.Tid == R.Pid, J.StaticTls, Parts);
  }
}

/// Phase 1. What stale slots point at is looked at before stacks and registers
/// are, too: a word there may be no more than the copy that a compiler left.
static void markRoots(CheckpointJob &J) {
  if (R.Opts.use_globals)
    for (const Range &G : R.Globals)
      markGlobals(J.M, G, GlobalHoles().At);
  for (const Range &G : R.UserRoots)
    J.M.rootRange(G.Begin, G.End);
  if (!J.M.hasStaleSlots()) {
    markThreads(J, Marker::StackPart | Marker::TlsPart);
    J.M.finishPhase1();
    return;
  }
  markThreads(J, Marker::TlsPart);
  J.M.finishPhase1();
  J.M.noteReached();
  markThreads(J, Marker::StackPart);
  J.M.finishPhase1();
  J.StackSaved = J.M.reachedSince(J.StackSavedBytes);
}

/// What each root alone retains: threads here, globals in Retained::run.
static void labelRoots(CheckpointJob &J) {
  MapVector<Range> Ranges;
  J.M.collectRanges(Ranges);
  auto Flush = [&] {
    for (const Range &Rg : Ranges)
      J.Roots.addRange(Rg.Begin, Rg.End);
    Ranges.clear();
  };
  if (!thread().IsHelper) {
    J.Roots.addThread(J.Tid);
    J.M.rootThread(J.StackFrom, threadPointer(), J.IsMain, J.StaticTls);
    Flush();
  }
  for (uint32_t I = 0; I != J.Stop.Count; ++I) {
    const StoppedThread &T = stoppedThread(I);
    if (!isStopped(T))
      continue;
    J.Roots.addThread(T.Tid);
    if (R.Opts.use_registers)
      for (uint64_t Word : T.Registers)
        J.Roots.addWord(Word);
    J.M.rootThread(T.Sp, T.ThreadPointer, T.Tid == R.Pid, J.StaticTls);
    Flush();
  }
  J.Roots.run(J.M, GlobalHoles().At);
  Ranges.release();
}

static void markAll(CheckpointJob &J) {
  if (!J.M.start(R.Fields.numSubjects()))
    return;
  J.M.readMaps();
  J.M.collectSlots();
  J.Marked = R.Opts.mark && !J.Stop.NoSignal;
  if (J.Marked) {
    markRoots(J);
    J.Marked = !J.M.failed();
    if (J.Marked)
      J.M.phase2();
    J.Marked &= !J.M.Result.NoMemory;
  }
  J.M.sum();
  if (J.Marked && R.Stacks.on())
    J.Ghosts.collect(J.M);
  if (J.Marked && R.Opts.log_path)
    J.Tree.collect(J.M);
  if (J.Marked && J.WantRoots)
    labelRoots(J);
  if (R.Uses.on())
    J.Ages = R.Uses.ages();
}

static void writeResult(CheckpointJob &J);

/// The rest of a child's life.
[[noreturn]] static void runSnapshot(CheckpointJob &J) {
  markAll(J);
  awaitPause(*J.Page);
  J.Nanos = J.Page->Pause;
  uint64_t Before = R.Profile.records();
  if (R.Profile.isOpen())
    writeResult(J);
  J.Page->Records = R.Profile.records() - Before;
  J.Page->Result = J.M.Result;
  J.Page->StackSaved = J.StackSaved;
  J.Page->StackSavedBytes = J.StackSavedBytes;
  J.Page->Marked = J.Marked;
  storeRelease(J.Page->Done, 1);
  for (;;)
    sysCall(SYS_exit_group, 0);
}

/// With the loader's lock held; nothing here may take a lock that a stopped
/// thread could hold. The field table's is never held by one: its holder stops
/// afterwards.
static int runJob(dl_phdr_info *, size_t, void *Arg) {
  auto &J = *static_cast<CheckpointJob *>(Arg);
  J.StaticTls = visitGlobals().StaticTls;
  J.WantRoots = R.Opts.roots > 0 || (R.Opts.roots < 0 && !R.Mode);
  if (J.WantRoots)
    J.Roots.readModules();
  RuntimeScope Scope;
  J.Begun = nanoseconds();
  J.Stop = stopWorld();
  R.Fields.Mutex.lock();
  J.At = now();
  R.Fields.refreshAll();
  // A thread that runs on may hold a lock that the child would wait for.
  bool Fork = J.Page && !J.Stop.NoSignal && !J.Stop.Running;
  J.Child = Fork ? forkSnapshot() : -1;
  if (!J.Child)
    runSnapshot(J);
  if (J.Child < 0)
    markAll(J);
  R.Fields.Mutex.unlock();
  resumeWorld();
  J.Nanos = nanoseconds() - J.Begun;
  if (J.Child > 0) {
    J.Page->Pause = J.Nanos;
    storeRelease(J.Page->PauseIsKnown, 1);
  }
  return 1;
}

static void writeCheckpoint(const CheckpointJob &J) {
  const MarkResult &M = J.M.Result;
  ProfileWriter &W = R.Profile;
  W.Mutex.lock();
  W.begin(RETSAN_REC_CHECKPOINT);
  W.f64(static_cast<double>(J.At.Ticks - R.StartTicks) * tickSeconds());
  W.f64(static_cast<double>(J.At.Bytes) * 1e-6).string(J.Why);
  W.u64(M.HeapBytes).u64(M.HeapObjects);
  W.u64(J.Marked ? M.ReachableBytes : 0).u64(M.GhostBytes);
  W.u64(J.Marked ? M.UnreachableBytes : 0);
  W.f64(R.Opts.wall_clock ? static_cast<double>(J.Nanos) * 1e-9 : 0);
  W.u32(J.Stop.Count + !thread().IsHelper);
  uint32_t Count = 0;
  for (uint32_t I = 0; I != J.M.Subjects.size(); ++I)
    Count += R.Fields.subject(I).Role == RETSAN_ROLE_SUSPECT;
  W.u32(Count);
  for (uint32_t I = 0; I != J.M.Subjects.size(); ++I) {
    const MarkSubject &S = J.M.Subjects[I];
    if (R.Fields.subject(I).Role != RETSAN_ROLE_SUSPECT)
      continue;
    W.u64(R.Fields.subject(I).Id).u64(S.Live).u64(S.Stale).u64(S.StaleShared);
    W.u64(S.Dangling)
        .u64(S.RetainedBytes)
        .u64(S.RetainedObjects)
        .u64(S.SharedBytes);
  }
  W.end();
  W.Mutex.unlock();
}

static void writeAges(const AgeSums &A) {
  ProfileWriter &W = R.Profile;
  W.Mutex.lock();
  W.begin(RETSAN_REC_IDLE);
  W.u32(AgeSums::Max);
  for (uint32_t I = 0; I != AgeSums::Max; ++I)
    W.f64(AgeSums::bound(I)).u64(A.Bytes[I]).u64(A.Objects[I]);
  W.end();
  W.Mutex.unlock();
}

static void writeResult(CheckpointJob &J) {
  writeCheckpoint(J);
  if (J.Marked && R.Stacks.on())
    J.Ghosts.write(R.Profile);
  J.Tree.write(R.Profile);
  if (J.Marked && J.WantRoots)
    J.Roots.write(R.Profile);
  if (R.Uses.on())
    writeAges(J.Ages);
}

/// What the child found; false if it did not come to its end.
static bool takeSnapshot(CheckpointJob &J) {
  if (!awaitSnapshot(J.Child, *J.Page)) {
    note(Text()
         << "checkpoint '" << J.Why
         << "': the process that marked the snapshot was killed (memory?), "
            "nothing is known of it");
    return false;
  }
  R.Profile.addRecords(J.Page->Records);
  J.M.Result = J.Page->Result;
  J.StackSaved = J.Page->StackSaved;
  J.StackSavedBytes = J.Page->StackSavedBytes;
  J.Marked = J.Page->Marked;
  return true;
}

uint64_t checkpoint(const char *Why, uint64_t StackFrom) {
  CheckpointJob J = {};
  J.Why = Why;
  J.StackFrom = StackFrom;
  R.CheckpointLock.lock();
  // At the end there is nothing to run on for.
  if (R.Opts.snapshot && compareStrings(Why, "exit")) {
    RuntimeScope Scope;
    openProfile();
    J.Page = mapSnapshotPage();
  }
  dl_iterate_phdr(runJob, &J);
  bool Known = J.Child <= 0 || takeSnapshot(J);
  if (J.Page && J.Child < 0 && !J.Stop.NoSignal)
    note(Text() << "checkpoint '" << Why
                << "': a snapshot could not be made, the program was stopped "
                   "for the mark");
  if (J.Stop.NoSignal)
    note(Text() << "checkpoint '" << Why << "': the program handles signal "
                << R.Opts.stop_signal
                << " itself, so threads were not stopped and the heap was not "
                   "marked (stop_signal)");
  if (J.Stop.Running)
    note(Text() << "checkpoint '" << Why << "': " << J.Stop.Running
                << " threads did not stop in time and were not scanned");
  if (J.StackSaved)
    note(Text() << "checkpoint '" << Why << "': of what stale fields point at, "
                << J.StackSaved << " allocations (" << J.StackSavedBytes
                << " bytes) are reached from a stack or a register only, which "
                   "may hold old copies: they count as shared");
  {
    RuntimeScope Scope;
    openProfile();
    if (R.Profile.isOpen()) {
      if (J.Child < 0)
        writeResult(J);
      R.Fields.Mutex.lock();
      R.Fields.writeTables(R.Profile);
      R.Fields.Mutex.unlock();
    }
  }
  uint64_t Ghost = J.M.Result.GhostBytes;
  if (R.Opts.verbosity && Known)
    (Text() << "checkpoint '" << Why << "': " << J.M.Result.HeapObjects
            << " objects, " << J.M.Result.HeapBytes << " bytes, " << Ghost
            << " retained by stale fields, " << J.Nanos / 1000 << " us")
        .print();
  if (J.WantRoots && (R.Opts.verbosity || R.Opts.roots > 0) &&
      !R.Profile.isOpen()) {
    uint64_t Bytes;
    const char *Name = J.Roots.largest(Bytes);
    if (Bytes)
      (Text() << "checkpoint '" << Why << "': " << Name << " alone retains "
              << Bytes << " bytes; log_path= and retsan report list the rest")
          .print();
  }
  J.Ghosts.release();
  J.Tree.release();
  J.Roots.release();
  J.M.release();
  if (J.Page)
    unmapSnapshotPage(J.Page);
  R.CheckpointLock.unlock();
  return Ghost;
}

} // namespace retsan
