// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>

struct resource {
  struct resource *next;
};

struct pool {
  struct resource *first;
};

struct sock {
  struct resource r;
  int fd;
};

struct proto {
  struct pool *pool;
  struct sock *rx;
};

static void add(struct pool *p, struct resource *r) {
  r->next = p->first;
  p->first = r;
}

static struct sock *sock_new(struct pool *p, int fd) {
  struct sock *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  add(p, &s->r);
  s->fd = fd;
  return s;
}

struct proto *proto_new(struct pool *pool) {
  struct proto *p = calloc(1, sizeof *p);
  if (p)
    p->pool = pool;
  return p;
}

int proto_start(struct proto *p, int fd) {
  p->rx = sock_new(p->pool, fd);
  return p->rx ? 0 : -1;
}

int pool_first(struct pool *p) {
  return p->first ? ((struct sock *)p->first)->fd : -1;
}

void proto_free(struct proto *p) {
  p->rx = NULL;
  free(p);
}
