// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "server.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct peer *peer_new(int fd, const char *name) {
  struct peer *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->fd = fd;
  p->name = strdup(name);
  if (!p->name) {
    free(p);
    return NULL;
  }
  return p;
}

void peer_free(struct peer *p) {
  if (p->is_upstream)
    server_upstream_gone();
  close(p->fd);
  free(p->name);
  free(p);
}
