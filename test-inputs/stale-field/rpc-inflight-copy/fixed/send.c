// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "rpc.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rpc_client *rpc_new(int fd) {
  struct rpc_client *c = calloc(1, sizeof *c);
  if (c)
    c->fd = fd;
  return c;
}

int rpc_call(struct rpc_client *c, const void *args, size_t len) {
  if (c->waiting)
    return -1;
  unsigned char *msg = malloc(len + 4);
  if (!msg)
    return -1;
  c->xid++;
  memcpy(msg, &c->xid, 4);
  memcpy(msg + 4, args, len);
  c->inflight = msg;
  c->inflight_len = len + 4;
  c->reply_len = 0;
  c->waiting = 1;
  return write(c->fd, msg, len + 4) == (ssize_t)(len + 4) ? 0 : -1;
}

int rpc_resend(struct rpc_client *c) {
  if (!c->waiting)
    return -1;
  c->resent++;
  ssize_t n = write(c->fd, c->inflight, c->inflight_len);
  return n == (ssize_t)c->inflight_len ? 0 : -1;
}

void rpc_delete(struct rpc_client *c) {
  close(c->fd);
  free(c->inflight);
  free(c);
}
