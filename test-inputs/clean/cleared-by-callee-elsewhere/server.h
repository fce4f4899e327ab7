// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SERVER_H
#define SERVER_H
struct peer {
  int fd;
  int is_upstream;
  char *name;
};
struct server {
  struct peer *upstream;
  unsigned long lost;
};
extern struct server server;
struct peer *peer_new(int fd, const char *name);
void peer_free(struct peer *p);
void server_upstream_gone(void);
int server_follow(int fd, const char *name);
void server_drop_upstream(void);
const char *server_upstream_name(void);
#endif
