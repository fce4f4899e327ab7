//===- Process.cpp - the beginning and the end of the program -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Start-up in two steps (the shadow heap in the first malloc, all else with the
// first module or main), and the ways out: return from main (which is wrapped
// by way of
// __libc_start_main), exit(), and those that skip handlers. Fork gives the
// child a profile of its own.
//
//===----------------------------------------------------------------------===//

#include "Frames.h"
#include "Next.h"
#include "Runtime.h"
#include "Stop.h"

#include <dlfcn.h>
#include <pthread.h>
#include <retsan/api.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

namespace retsan {

constinit Runtime R;
__thread ThreadState TheThread;

//===----------------------------------------------------------------------===//
// Start
//===----------------------------------------------------------------------===//

/// HeapStage: 0 not started, 1 in use, 2 cannot be had, 3 being started.
static constexpr uint32_t HeapStarting = 3;

bool startHeap() {
  uint32_t Stage = loadAcquire(R.HeapStage);
  if (Stage == 1 || Stage == HeapStarting)
    return Stage == 1;
  // Before the program's first thread: the dynamic loader itself allocates.
  R.StartLock.lock();
  if (R.HeapStage == 0) {
    // The first malloc of all, or the loader's in the midst of this.
    storeRelease(R.HeapStage, HeapStarting);
    storeRelease(R.HeapStage, startBackEnd() ? 1 : 2);
  }
  R.StartLock.unlock();
  return R.HeapStage == 1;
}

void note(const Text &T) {
  char *Copy = R.Strings.copyString(T.str());
  if (Copy)
    R.Notes.push(Copy);
  if (R.Profile.isOpen())
    R.Profile.writeNote(T.str());
  if (R.Opts.verbosity)
    T.print();
}

void openProfile() {
  if (!R.Opts.log_path || R.Profile.isOpen() || R.Profile.gaveUp())
    return;
  R.Profile.open(R.Opts.log_path, R.Pid);
  for (const char *N : R.Notes)
    R.Profile.writeNote(N);
}

static void onThreadEnd(void *) {
  RuntimeScope Scope;
  ThreadState &T = thread();
  R.Heap.flushCache();
  R.Heap.Own.leaveCache();
  R.Fields.Mutex.lock();
  R.Fields.returnBlock();
  R.Fields.Mutex.unlock();
  __atomic_fetch_add(&R.BytesAllocated, T.BytesPending, __ATOMIC_RELAXED);
  T.BytesPending = 0;
  T.HasExitKey = false;
}

void watchThreadEnd() {
  ThreadState &T = thread();
  if (T.HasExitKey || !loadAcquire(R.HasKey))
    return;
  T.HasExitKey = true; // first: pthread_setspecific may allocate
  pthread_setspecific(R.ThreadKey, &T);
}

static void beforeFork() {
  R.CheckpointLock.lock();
  R.StartLock.lock();
  R.Fields.Mutex.lock();
  R.Profile.Mutex.lock();
  R.Uses.Mutex.lock();
  R.Stacks.Mutex.lock();
  R.Moves.Mutex.lock();
  R.RangeLock.lock();
  R.Freed.lockForFork();
  R.Heap.lockForFork();
}

static void unlockAll() {
  R.Heap.unlockAfterFork();
  R.Freed.unlockAfterFork();
  R.RangeLock.unlock();
  R.Moves.Mutex.unlock();
  R.Stacks.Mutex.unlock();
  R.Uses.Mutex.unlock();
  R.Profile.Mutex.unlock();
  R.Fields.Mutex.unlock();
  R.StartLock.unlock();
  R.CheckpointLock.unlock();
}

static void startHelper();

static void afterForkInChild() {
  unlockAll();
  R.Pid = currentPid();
  R.ExitStarted = 0;
  R.HelperStarted = 0;
  R.HelperTid = 0;
  R.HelperWord = 0;
  R.Notes.clear();
  ThreadState &T = thread();
  T.Tid = R.Pid;
  scope().pending = 0;
  R.Profile.abandon();
  if (!running())
    return;
  R.Fields.afterFork();
  R.Uses.afterFork();
  R.Moves.afterFork();
  startHelper();
}

/// True if the program's malloc is not this copy's. The dynamic symbol is the
/// one in charge: that of a copy linked into the executable, or of another
/// allocator.
static bool isSecondCopy() {
#ifdef RETSAN_STATIC
  return false;
#else
  void *InCharge = dlsym(RTLD_DEFAULT, "malloc");
  return InCharge && InCharge != ownMalloc();
#endif
}

static void readProgramName(MapVector<char> &Buf) {
  R.Program = "";
  if (readFile("/proc/self/cmdline", Buf) && Buf.push(0))
    R.Program = R.Strings.copyString(Buf.begin());
  Buf.release();
}

static void onCheckpointSignal(int) {
  __atomic_fetch_add(&R.HelperWord, 1, __ATOMIC_RELEASE);
  futexWake(&R.HelperWord, 1);
}

void start() {
  if (RETSAN_LIKELY(loadAcquire(R.Stage) != Phase::Unstarted) || !startHeap())
    return;
  R.StartLock.lock();
  if (R.Stage != Phase::Unstarted) {
    R.StartLock.unlock();
    return;
  }
  R.Pid = currentPid();
  if (!R.Program) {
    MapVector<char> Buf;
    readProgramName(Buf);
  }
  startClock();
  if (&__retsan_default_options)
    R.Opts.parse(__retsan_default_options());
  R.Opts.parse(getenv("RETSAN_OPTIONS"));
  if (R.Opts.help)
    Options::printHelp();
  if (!R.Opts.wall_clock)
    stopClock();
  if (R.Opts.suppressions)
    R.Suppressed.load(R.Opts.suppressions);
  startProofs();
  if (R.Opts.quarantine_size_mb > 0 && R.Heap.Own.on()) {
    R.Freed.start(static_cast<uint64_t>(R.Opts.quarantine_size_mb) << 20);
    R.turnOff(Runtime::LongWays);
  }
  if (R.Opts.stacks > 0) {
    learnProgramName();
    if (R.Stacks.start(static_cast<uint32_t>(R.Opts.stacks), R.Heap.maxIds()))
      R.turnOff(Runtime::LongWays);
    else
      note(Text() << "stacks: no memory for them, allocations have none");
  }
  bool Ready = R.Fields.start(static_cast<uint32_t>(
      R.Opts.max_instances > 0 ? R.Opts.max_instances : 1));
  R.StartLock.unlock();
  describeToDebugger();
  if (!Ready) {
    (Text() << "no memory for the field table: nothing is tracked; raise the "
               "limit (ulimit -v), or set max_instances lower")
        .print();
    storeRelease(R.Stage, Phase::Ended);
    return;
  }
  if (!startStop(R.Opts.stop_signal))
    note(Text() << "signal " << R.Opts.stop_signal
                << " cannot be handled: threads run on during a mark");
  R.HasKey = pthread_key_create(&R.ThreadKey, onThreadEnd) == 0;
  pthread_atfork(beforeFork, unlockAll, afterForkInChild);
  if (R.Opts.checkpoint_signal) {
    struct sigaction Action = {};
    Action.sa_handler = onCheckpointSignal;
    Action.sa_flags = SA_RESTART;
    if (sigaction(R.Opts.checkpoint_signal, &Action, nullptr))
      note(Text() << "checkpoint_signal: signal " << R.Opts.checkpoint_signal
                  << " cannot be handled");
  }
  refreshGlobals();
  findLibcArena();
  storeRelease(R.Stage, Phase::Running);
}

//===----------------------------------------------------------------------===//
// The helper thread: timer and signal checkpoints
//===----------------------------------------------------------------------===//

/// From what is in use now; a small heap may grow to 1 MB in any case.
static void awaitGrowth() {
  if (R.Opts.growth <= 0 || !R.Heap.Own.on())
    return;
  uint64_t Now = R.Heap.Own.bytesInUse();
  if (Now < 1u << 20)
    Now = 1u << 20;
  storeRelaxed(R.GrowthAt,
               Now + Now / 100 * static_cast<uint64_t>(R.Opts.growth));
}

static void *runHelper(void *) {
  thread().IsHelper = true;
  R.HelperTid = currentTid();
  uint32_t Seen = 0; // a signal may have come before this thread began
  for (;;) {
    int64_t Wait =
        R.Opts.interval > 0 ? int64_t(R.Opts.interval) * 1000000000 : -1;
    futexWait(&R.HelperWord, Seen, Wait);
    if (!running() || loadRelaxed(R.ExitStarted))
      return nullptr;
    uint32_t Word = loadAcquire(R.HelperWord);
    bool Asked = Word != Seen, Grown = loadRelaxed(R.GrowthAt) == ~uint64_t(0);
    Seen = Word;
    if (Asked || R.Opts.interval > 0)
      checkpoint(Grown ? "growth" : Asked ? "signal" : "timer", 0);
    if (Grown)
      awaitGrowth();
  }
}

static void startHelper() {
  if (R.Opts.growth > 0 && !R.Heap.Own.on())
    note(Text() << "growth= needs allocator=own: no checkpoints by it");
  awaitGrowth();
  if (R.Opts.interval <= 0 && !R.Opts.checkpoint_signal && !R.GrowthAt)
    return;
  if (__atomic_exchange_n(&R.HelperStarted, 1, __ATOMIC_ACQ_REL))
    return;
  // It must not be the one that takes the program's signals.
  sigset_t All, Old;
  sigfillset(&All);
  pthread_sigmask(SIG_SETMASK, &All, &Old);
  pthread_t T;
  if (pthread_create(&T, nullptr, runHelper, nullptr) == 0)
    pthread_detach(T);
  else
    note(
        Text()
        << "no thread for the checkpoints of interval= and checkpoint_signal=");
  pthread_sigmask(SIG_SETMASK, &Old, nullptr);
}

//===----------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------===//

bool finish(bool Complete) {
  RuntimeScope Scope;
  R.Fields.Mutex.lock();
  bool First = running();
  uint64_t Confirmed = 0;
  if (First) {
    R.Fields.healAll();
    R.Fields.endAll();
    if (R.Opts.cure && Complete && !R.Fields.hasCure())
      note(Text() << "cure=" << R.Opts.cure
                  << ": no subject has this name, nothing was cleared");
    Confirmed = R.Fields.confirmed();
    openProfile();
    if (R.Profile.isOpen()) {
      R.Fields.writeTables(R.Profile);
      if (Complete)
        R.Profile.writeFooter();
      R.Profile.close();
    } else if (R.Opts.print_summary && Complete) {
      if (Confirmed)
        R.Fields.printConfirmed();
      R.Moves.print();
    }
    storeRelease(R.Stage, Phase::Ended);
  }
  R.Fields.Mutex.unlock();
  return Confirmed != 0;
}

/// The program is about to run its exit handlers; returns its exit status.
static int atExit(int Status, uint64_t StackFrom) {
  // In a child of vfork, memory is the parent's.
  if (!running() || currentPid() != R.Pid ||
      __atomic_exchange_n(&R.ExitStarted, 1, __ATOMIC_ACQ_REL))
    return Status;
  if (R.Opts.checkpoint_at_exit)
    checkpoint("exit", StackFrom);
  bool Confirmed = finish(true);
  return Confirmed && R.Opts.exitcode ? R.Opts.exitcode : Status;
}

/// The program leaves without handlers: what is known is written, marked
/// partial.
static void atQuickExit() {
  // Inside a scope we are in a signal handler that interrupted the runtime.
  if (!running() || thread().Depth || currentPid() != R.Pid)
    return;
  finish(false);
}

__attribute__((noinline)) static int wrappedMain(int Argc, char **Argv,
                                                 char **Env) {
  start();
  openProfile();
  startHelper();
  int Status = R.RealMain(Argc, Argv, Env);
  return atExit(Status, spillRegisters());
}

/// For a program that another libc_start_main started, or that ends by
/// pthread_exit in its last thread: late, since static destructors have run.
__attribute__((destructor(101))) static void atUnload() {
  if (running() && !R.Yielded)
    atExit(0, spillRegisters());
}

__attribute__((constructor(101))) static void atLoad() {
  if (isSecondCopy()) {
    R.Yielded = true;
    R.Stage = Phase::Ended;
    if (const char *O = getenv("RETSAN_OPTIONS"); O && *O)
      (Text()
       << "malloc is another copy's of this runtime, or another allocator's: "
          "this copy leaves the program to it")
          .print();
    return;
  }
  start();
}

} // namespace retsan

using namespace retsan;

RETSAN_EXPORT int RETSAN_INTERPOSE(__libc_start_main)(
    int (*Main)(int, char **, char **), int Argc, char **Argv, void (*Init)(),
    void (*Fini)(), void (*RtldFini)(), void *StackEnd) {
  using Fn = int (*)(int (*)(int, char **, char **), int, char **, void (*)(),
                     void (*)(), void (*)(), void *);
  R.RealMain = Main;
  if (Argc > 0)
    R.Program = Argv[0];
  R.MainStackTop = reinterpret_cast<uint64_t>(StackEnd);
  return RETSAN_NEXT(Fn, __libc_start_main)(wrappedMain, Argc, Argv, Init, Fini,
                                            RtldFini, StackEnd);
}

RETSAN_EXPORT __attribute__((noreturn, noinline)) void
RETSAN_INTERPOSE(exit)(int Status) {
  Status = atExit(Status, spillRegisters());
  RETSAN_NEXT(void (*)(int), exit)(Status);
  __builtin_unreachable();
}

RETSAN_EXPORT __attribute__((noreturn)) void
RETSAN_INTERPOSE(_exit)(int Status) {
  atQuickExit();
  for (;;)
    sysCall(SYS_exit_group, Status);
}

RETSAN_EXPORT __attribute__((noreturn)) void
RETSAN_INTERPOSE(_Exit)(int Status) {
  RETSAN_INTERPOSE(_exit)(Status);
}

RETSAN_EXPORT __attribute__((noreturn)) void
RETSAN_INTERPOSE(quick_exit)(int Status) {
  atQuickExit();
  RETSAN_NEXT(void (*)(int), quick_exit)(Status);
  __builtin_unreachable();
}

RETSAN_EXPORT __attribute__((noreturn)) void RETSAN_INTERPOSE(abort)() {
  atQuickExit();
  RETSAN_NEXT(void (*)(), abort)();
  __builtin_unreachable();
}
