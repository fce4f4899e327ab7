// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>

struct conn {
  struct conn *next;
  int fd;
};

struct server {
  struct conn *active;
  struct conn *done;
  unsigned n;
};

struct server *server_new(void) { return calloc(1, sizeof(struct server)); }

int server_accept(struct server *s, int fd) {
  struct conn *c = calloc(1, sizeof *c);
  if (!c)
    return -1;
  c->fd = fd;
  c->next = s->active;
  s->active = c;
  s->n++;
  return 0;
}

static void unlink_active(struct server *s, struct conn *c) {
  struct conn **pp = &s->active;
  while (*pp && *pp != c)
    pp = &(*pp)->next;
  if (*pp)
    *pp = c->next;
}

void server_finish(struct server *s, struct conn *c) {
  unlink_active(s, c);
  c->next = s->done;
  s->done = c;
}

struct conn *server_find(struct server *s, int fd) {
  struct conn *c = s->active;
  while (c && c->fd != fd)
    c = c->next;
  return c;
}

void server_cleanup(struct server *s) {
  while (s->done) {
    struct conn *c = s->done;
    s->done = c->next;
    free(c);
    s->n--;
  }
}
