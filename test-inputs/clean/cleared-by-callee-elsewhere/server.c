// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "server.h"
#include <stddef.h>

struct server server;

int server_follow(int fd, const char *name) {
  if (server.upstream)
    return -1;
  struct peer *p = peer_new(fd, name);
  if (!p)
    return -1;
  p->is_upstream = 1;
  server.upstream = p;
  return 0;
}

void server_drop_upstream(void) {
  if (server.upstream)
    peer_free(server.upstream);
}

void server_upstream_gone(void) {
  server.upstream = NULL;
  server.lost++;
}

const char *server_upstream_name(void) {
  return server.upstream ? server.upstream->name : "none";
}
