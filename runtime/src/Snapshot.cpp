//===- Snapshot.cpp - marking in a child, while the program runs on -------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Snapshot.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

namespace retsan {

SnapshotPage *mapSnapshotPage() {
  long P = sysCall(SYS_mmap, 0, sizeof(SnapshotPage), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return P < 0 && P > -4096 ? nullptr : reinterpret_cast<SnapshotPage *>(P);
}

void unmapSnapshotPage(SnapshotPage *Page) {
  sysCall(SYS_munmap, reinterpret_cast<long>(Page), sizeof(SnapshotPage));
}

long forkSnapshot() {
  uint64_t All = ~uint64_t(0), Old = 0;
  sysCall(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<long>(&All),
          reinterpret_cast<long>(&Old), sizeof All);
  long Child = sysCall(SYS_clone, 0);
  if (Child)
    sysCall(SYS_rt_sigprocmask, SIG_SETMASK, reinterpret_cast<long>(&Old), 0,
            sizeof Old);
  else
    sysCall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  return Child;
}

void awaitPause(const SnapshotPage &Page) {
  timespec Short = {0, 200000};
  for (int Round = 0; !loadAcquire(Page.PauseIsKnown) && Round != 50000;
       ++Round)
    sysCall(SYS_nanosleep, reinterpret_cast<long>(&Short));
}

bool awaitSnapshot(long Child, const SnapshotPage &Page) {
  while (sysCall(SYS_wait4, Child, 0, __WALL, 0) == -EINTR)
    ;
  return loadAcquire(Page.Done);
}

} // namespace retsan
