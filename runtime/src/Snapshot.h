//===- Snapshot.h - marking in a child, while the program runs on ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The invariant: the child's memory is that of one moment at which every thread
// of the program was stopped outside the runtime, their registers written down.
// What is stored afterwards the child does not see (memory that the program
// shares with other processes excepted); what was reachable then it marks. The
// program waits for the copying of page tables only, and pays for the pages
// that it writes while the child is there.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_SNAPSHOT_H
#define RETSAN_RUNTIME_SNAPSHOT_H

#include "Mark.h"

namespace retsan {

/// Shared by the program and the child.
struct SnapshotPage {
  uint32_t PauseIsKnown, Done;
  uint64_t Pause; ///< Nanoseconds.
  uint64_t Records;
  MarkResult Result;
  uint64_t StackSaved, StackSavedBytes;
  bool Marked;
};

SnapshotPage *mapSnapshotPage();
void unmapSnapshotPage(SnapshotPage *Page);

/// As fork, by the kernel alone: no handler of pthread_atfork runs, no signal
/// comes when the child ends, wait() does not see it, and it takes no signals.
/// Returns 0 in the child, a negative number if it is refused.
long forkSnapshot();
/// In the child, until the program has told how long it waited.
void awaitPause(const SnapshotPage &Page);
/// In the program; false if the child ended before it was done.
bool awaitSnapshot(long Child, const SnapshotPage &Page);

} // namespace retsan

#endif
