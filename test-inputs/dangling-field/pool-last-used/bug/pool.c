// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pconn {
  struct pconn *next;
  char host[64];
  int fd;
  unsigned long used_at;
  unsigned uses;
};

struct conn_pool {
  struct pconn *all;
  struct pconn *last;
  unsigned count;
  unsigned hits, misses;
  unsigned long max_idle;
};

static void pool_trace(const struct conn_pool *p, const char *what, const char *host) {
  fprintf(stderr, "pool %u: %s %s\n", p->count, what, host);
}

struct conn_pool *pool_new(unsigned long max_idle) {
  struct conn_pool *p = calloc(1, sizeof *p);
  if (p)
    p->max_idle = max_idle;
  return p;
}

struct pconn *pool_get(struct conn_pool *p, const char *host, unsigned long now) {
  struct pconn *c = p->last;
  if (c && strcmp(c->host, host) == 0) {
    p->hits++;
    c->uses++;
    c->used_at = now;
    return c;
  }
  for (c = p->all; c; c = c->next)
    if (strcmp(c->host, host) == 0) {
      p->last = c;
      p->hits++;
      c->used_at = now;
      return c;
    }
  p->misses++;
  return NULL;
}

struct pconn *pool_add(struct conn_pool *p, const char *host, int fd, unsigned long now) {
  struct pconn *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  snprintf(c->host, sizeof c->host, "%s", host);
  c->fd = fd;
  c->used_at = now;
  c->next = p->all;
  p->all = c;
  p->count++;
  pool_trace(p, "added", host);
  return c;
}

unsigned pool_sweep(struct conn_pool *p, unsigned long now) {
  struct pconn **pp = &p->all;
  unsigned gone = 0;
  while (*pp) {
    struct pconn *c = *pp;
    if (now - c->used_at <= p->max_idle) {
      pp = &c->next;
      continue;
    }
    *pp = c->next;
    close(c->fd);
    free(c);
    p->count--;
    gone++;
  }
  return gone;
}

void pool_free(struct conn_pool *p) {
  while (p->all) {
    struct pconn *c = p->all;
    p->all = c->next;
    close(c->fd);
    free(c);
  }
  free(p);
}
