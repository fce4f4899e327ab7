//===- Stop.cpp - stopping the other threads ------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Stop.h. The generation travels in the signal's value, so that a thread
// knows which resume ends its stop before it announces itself: reading it
// afterwards would let a thread sleep through its own resume.
//
//===----------------------------------------------------------------------===//

#include "Stop.h"
#include "Runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <ucontext.h>

namespace retsan {

namespace {
struct StopState {
  StoppedThread *Threads;
  uint32_t Generation, Resumed;
  uint32_t Acks;    ///< Grows with each thread that stopped.
  uint32_t Awaited; ///< What Acks must be before somebody is woken.
  uint32_t Wakes;   ///< Futex: grows then.
  int Signal;
};
} // namespace

static constexpr uint32_t MaxThreads = 32768;
static StopState Stop;

static void stopHere(uint64_t Request, uint64_t Sp, const uint64_t *Registers) {
  uint32_t Generation = static_cast<uint32_t>(Request >> 32);
  if (loadAcquire(Stop.Resumed) >= Generation)
    return;
  StoppedThread &T = Stop.Threads[static_cast<uint32_t>(Request)];
  T.Sp = Sp;
  __asm__("mov %%fs:0, %0" : "=r"(T.ThreadPointer));
  for (unsigned I = 0; I != StoppedThread::NumRegisters; ++I)
    T.Registers[I] = Registers[I];
  uint32_t Expected = Generation * 2;
  if (!__atomic_compare_exchange_n(&T.State, &Expected, Generation * 2 + 1,
                                   false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    return;
  uint32_t Acks = __atomic_add_fetch(&Stop.Acks, 1, __ATOMIC_SEQ_CST);
  if (Acks >= __atomic_load_n(&Stop.Awaited, __ATOMIC_SEQ_CST)) {
    __atomic_fetch_add(&Stop.Wakes, 1, __ATOMIC_RELEASE);
    futexWake(&Stop.Wakes, 1);
  }
  for (;;) {
    uint32_t Resumed = loadAcquire(Stop.Resumed);
    if (Resumed >= Generation)
      return;
    futexWait(&Stop.Resumed, Resumed, -1);
  }
}

static void onStopSignal(int, siginfo_t *Info, void *Context) {
  if (Info->si_code != SI_QUEUE || Info->si_pid != R.Pid)
    return;
  uint64_t Request = reinterpret_cast<uint64_t>(Info->si_value.sival_ptr);
  ThreadState &T = thread();
  if (T.Depth) {
    T.StopRequest = Request;
    return;
  }
  auto *U = static_cast<ucontext_t *>(Context);
  uint64_t Registers[StoppedThread::NumRegisters];
  for (unsigned I = 0; I != StoppedThread::NumRegisters; ++I)
    Registers[I] = static_cast<uint64_t>(U->uc_mcontext.gregs[I]);
  // The red zone below the stack pointer is live.
  stopHere(Request, static_cast<uint64_t>(U->uc_mcontext.gregs[REG_RSP]) - 128,
           Registers);
}

__attribute__((noinline)) void takePutOffStop() {
  ThreadState &T = thread();
  uint64_t Request = T.StopRequest;
  T.StopRequest = 0;
  uint64_t Sp = spillRegisters();
  uint64_t None[StoppedThread::NumRegisters] = {};
  stopHere(Request, Sp, None);
}

static bool installHandler() {
  struct sigaction Action = {};
  Action.sa_sigaction = onStopSignal;
  Action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigfillset(&Action.sa_mask);
  return sigaction(Stop.Signal, &Action, nullptr) == 0;
}

bool startStop(int Signal) {
  Stop.Threads = static_cast<StoppedThread *>(
      mapMemory(MaxThreads * sizeof(StoppedThread)));
  Stop.Signal = Signal;
  return Stop.Threads && installHandler();
}

/// Programs reset the handlers of all signals; a stop would then kill them. One
/// that uses the signal itself keeps it.
static bool haveHandler() {
  struct sigaction Now;
  if (!Stop.Threads || sigaction(Stop.Signal, nullptr, &Now))
    return false;
  if (Now.sa_flags & SA_SIGINFO && Now.sa_sigaction == onStopSignal)
    return true;
  if (Now.sa_handler != SIG_DFL && Now.sa_handler != SIG_IGN)
    return false;
  return installHandler();
}

static bool sendStop(int Tid, uint64_t Request) {
  siginfo_t Info = {};
  Info.si_signo = Stop.Signal;
  Info.si_code = SI_QUEUE;
  Info.si_pid = R.Pid;
  Info.si_value.sival_ptr = reinterpret_cast<void *>(Request);
  return sysCall(SYS_rt_tgsigqueueinfo, R.Pid, Tid, Stop.Signal,
                 reinterpret_cast<long>(&Info)) == 0;
}

/// A first thread that left by pthread_exit stays listed until the process
/// ends.
static bool isDeadLeader(int Tid) {
  if (Tid != R.Pid)
    return false;
  MapVector<char> Buf;
  if (!readFile("/proc/self/stat", Buf))
    return false;
  // "pid (name) S ...": the name may hold any character, so search from the
  // end.
  size_t I = Buf.size();
  while (I && Buf[I - 1] != ')')
    --I;
  bool Dead = I + 1 < Buf.size() && Buf[I + 1] == 'Z';
  Buf.release();
  return Dead;
}

static bool isGone(int Tid) {
  return sysCall(SYS_tgkill, R.Pid, Tid, 0) == -ESRCH || isDeadLeader(Tid);
}

namespace {
struct KernelDirent {
  uint64_t Ino, Off;
  unsigned short Length;
  unsigned char Type;
  char Name[1];
};
} // namespace

/// Signals every task that is not in the list yet; returns how many were new.
static uint32_t signalNewTasks(StopResult &Result, int Self) {
  long Fd =
      sysCall(SYS_openat, AT_FDCWD, reinterpret_cast<long>("/proc/self/task"),
              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (Fd < 0)
    return 0;
  uint32_t New = 0;
  alignas(8) char Buf[4096];
  for (;;) {
    long N =
        sysCall(SYS_getdents64, Fd, reinterpret_cast<long>(Buf), sizeof Buf);
    if (N <= 0)
      break;
    for (long At = 0; At < N;) {
      auto *D = reinterpret_cast<KernelDirent *>(Buf + At);
      At += D->Length;
      int Tid = 0;
      for (const char *P = D->Name; *P >= '0' && *P <= '9'; ++P)
        Tid = Tid * 10 + (*P - '0');
      if (!Tid || Tid == Self || Tid == R.HelperTid)
        continue;
      bool Known = Result.Count == MaxThreads;
      for (uint32_t I = 0; I != Result.Count && !Known; ++I)
        Known = Stop.Threads[I].Tid == Tid;
      if (Known)
        continue;
      StoppedThread &T = Stop.Threads[Result.Count];
      T.Tid = Tid;
      storeRelease(T.State, Stop.Generation * 2);
      if (sendStop(Tid, uint64_t(Stop.Generation) << 32 | Result.Count)) {
        ++Result.Count;
        ++New;
      }
    }
  }
  sysCall(SYS_close, Fd);
  return New;
}

bool isStopped(const StoppedThread &T) {
  return loadAcquire(T.State) == Stop.Generation * 2 + 1;
}

const StoppedThread &stoppedThread(uint32_t Index) {
  return Stop.Threads[Index];
}

/// A thread that sleeps and blocks the signal will not answer; one that merely
/// waits for a processor will, also if libc blocks all signals while it starts.
static bool blocksSignal(int Tid) {
  Text Path;
  Path << "/proc/self/task/" << Tid << "/status";
  MapVector<char> Buf;
  if (!readFile(Path.str(), Buf))
    return false;
  Buf.push(0);
  const char Key[] = "SigBlk:\t", StateKey[] = "State:\t";
  uint64_t Mask = 0;
  bool Sleeps = false;
  for (const char *P = Buf.begin(); *P; ++P) {
    size_t N = 0;
    while (StateKey[N] && P[N] == StateKey[N])
      ++N;
    if (!StateKey[N])
      Sleeps = P[N] != 'R';
    N = 0;
    while (Key[N] && P[N] == Key[N])
      ++N;
    if (Key[N])
      continue;
    for (P += N; (*P >= '0' && *P <= '9') || (*P >= 'a' && *P <= 'f'); ++P)
      Mask = Mask << 4 |
             static_cast<uint64_t>(*P <= '9' ? *P - '0' : *P - 'a' + 10);
    break;
  }
  Buf.release();
  return Sleeps && Mask >> (Stop.Signal - 1) & 1;
}

/// Waits until all of the list stopped or ended: for one that is sleeping with
/// the signal blocked until 100 ms after \p Begun, for any other two seconds.
/// Returns how many did not.
static uint32_t waitForStops(StopResult &Result, uint64_t Begun) {
  // Who ended says nothing; the kernel is asked where the others keep us
  // waiting.
  bool Ask = false;
  for (;;) {
    uint32_t Wakes = loadAcquire(Stop.Wakes), Acks = loadAcquire(Stop.Acks);
    uint32_t Left = 0, Hopeless = 0;
    uint64_t Now = nanoseconds();
    bool Late = Now > Begun + 100000000;
    for (uint32_t I = 0; I != Result.Count; ++I) {
      const StoppedThread &T = Stop.Threads[I];
      if (isStopped(T) || (Ask && isGone(T.Tid)))
        continue;
      ++Left;
      Hopeless += Late && blocksSignal(T.Tid);
    }
    if (Left == Hopeless || Now > Begun + 2000000000)
      return Left;
    // One that stopped before it was looked at, and told so after, makes this
    // too low: then we are woken early.
    __atomic_store_n(&Stop.Awaited, Acks + Left, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&Stop.Acks, __ATOMIC_SEQ_CST) >= Acks + Left)
      continue;
    futexWait(&Stop.Wakes, Wakes, 1000000);
    Ask = loadAcquire(Stop.Wakes) == Wakes;
  }
}

StopResult stopWorld() {
  StopResult Result;
  if (!haveHandler()) {
    Result.NoSignal = true;
    return Result;
  }
  ++Stop.Generation;
  int Self = currentTid();
  uint64_t Begun = nanoseconds();
  while (signalNewTasks(Result, Self))
    if ((Result.Running = waitForStops(Result, Begun)))
      break;
  return Result;
}

void resumeWorld() {
  storeRelease(Stop.Resumed, Stop.Generation);
  futexWake(&Stop.Resumed, 0x7fffffff);
}

} // namespace retsan
