// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "net.h"

int net_watch(int fd) {
  if (!loop_base || loop_base->nfds == 64)
    return -1;
  loop_base->fds[loop_base->nfds++] = fd;
  return 0;
}

int net_post(unsigned what) {
  if (!loop_base)
    return -1;
  loop_base->posted += what != 0;
  return 0;
}

unsigned long net_posted(void) { return loop_base ? loop_base->posted : 0; }
