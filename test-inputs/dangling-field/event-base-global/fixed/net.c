// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "net.h"
#include <stdlib.h>
#include <unistd.h>

struct loop *loop_base;

static struct loop *loop_new(void) { return calloc(1, sizeof(struct loop)); }

static void loop_destroy(struct loop *l) {
  for (int i = 0; i < l->nfds; i++)
    close(l->fds[i]);
  free(l);
}

int net_start(void) {
  loop_base = loop_new();
  return loop_base ? 0 : -1;
}

void net_stop(void) {
  if (!loop_base)
    return;
  loop_destroy(loop_base);
  loop_base = NULL;
}
