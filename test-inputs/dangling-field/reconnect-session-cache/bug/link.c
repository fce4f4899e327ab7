// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "link.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct link *link_new(void) {
  struct link *l = calloc(1, sizeof *l);
  if (l)
    l->fd = -1;
  return l;
}

int link_open(struct link *l, int fd, unsigned long now) {
  unsigned char hello[33] = {0};
  if (l->up)
    return -1;
  if (l->session && l->session->expires > now) {
    hello[0] = 1;
    memcpy(hello + 1, l->session->id, 32);
  }
  if (write(fd, hello, sizeof hello) != (ssize_t)sizeof hello)
    return -1;
  l->fd = fd;
  l->up = 1;
  return 0;
}

void link_lost(struct link *l, int fatal) {
  if (l->fd >= 0)
    close(l->fd);
  l->fd = -1;
  l->up = 0;
  if (fatal) {
    ticket_free(l->session);
  }
}

void link_store_ticket(struct link *l, const unsigned char *id, unsigned long expires) {
  if (!l->session)
    l->session = malloc(sizeof *l->session);
  if (!l->session)
    return;
  memcpy(l->session->id, id, 32);
  l->session->expires = expires;
}

int link_is_up(const struct link *l) { return l->up; }

void link_free(struct link *l) {
  if (!l)
    return;
  ticket_free(l->session);
  free(l);
}
