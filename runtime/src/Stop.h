//===- Stop.h - stopping the other threads --------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A handshake by signals, without ptrace: each task of /proc/self/task is sent
// a queued real-time signal that names its place in the list; its handler
// writes down the registers there, says so, and waits on a futex. The list of
// tasks is read again until it shows none that is new. A thread that is inside
// the runtime stops at the end of its RuntimeScope. One that blocks all signals
// is waited for 100 ms and then left running, which the report says.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_STOP_H
#define RETSAN_RUNTIME_STOP_H

#include "Sys.h"

namespace retsan {

struct StoppedThread {
  static constexpr unsigned NumRegisters = 16;
  int Tid;
  uint32_t State; ///< Generation of the stop times 2, plus 1 once stopped.
  uint64_t Sp;
  uint64_t ThreadPointer; ///< FS base.
  uint64_t Registers[NumRegisters];
};

/// Installs the handler. False if the signal cannot be had.
bool startStop(int Signal);

struct StopResult {
  uint32_t Count = 0;    ///< Entries of the list.
  uint32_t Running = 0;  ///< Of these, not stopped.
  bool NoSignal = false; ///< The program has the signal: nobody was stopped.
};

StopResult stopWorld();
const StoppedThread &stoppedThread(uint32_t Index);
bool isStopped(const StoppedThread &T);
void resumeWorld();

} // namespace retsan

#endif
