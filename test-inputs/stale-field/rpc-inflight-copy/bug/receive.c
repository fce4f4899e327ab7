// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "rpc.h"
#include <stdlib.h>
#include <string.h>

int rpc_on_reply(struct rpc_client *c, unsigned xid, const void *data, size_t len) {
  if (!c->waiting || xid != c->xid || len > sizeof c->reply)
    return -1;
  memcpy(c->reply, data, len);
  c->reply_len = len;
  c->waiting = 0;
  return 0;
}

size_t rpc_take(struct rpc_client *c, void *out, size_t room) {
  size_t n = c->reply_len;
  if (c->waiting || n > room)
    return 0;
  memcpy(out, c->reply, n);
  c->reply_len = 0;
  return n;
}
