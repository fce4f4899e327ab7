// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RPC_H
#define RPC_H
#include <stddef.h>
struct rpc_client {
  int fd;
  int waiting;
  unsigned xid;
  unsigned char *inflight;
  size_t inflight_len;
  unsigned char reply[256];
  size_t reply_len;
  unsigned resent;
};
struct rpc_client *rpc_new(int fd);
int rpc_call(struct rpc_client *c, const void *args, size_t len);
int rpc_resend(struct rpc_client *c);
int rpc_on_reply(struct rpc_client *c, unsigned xid, const void *data, size_t len);
size_t rpc_take(struct rpc_client *c, void *out, size_t room);
void rpc_delete(struct rpc_client *c);
#endif
