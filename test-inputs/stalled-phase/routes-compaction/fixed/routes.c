// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct route {
  uint32_t prefix;
  int port;
};

struct routes {
  struct route *cur, *old;
  size_t cap, old_cap, moved;
  size_t count;
  unsigned long hits;
};

struct routes *routes_new(void) {
  struct routes *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  r->cap = 16;
  r->cur = calloc(r->cap, sizeof *r->cur);
  if (!r->cur) {
    free(r);
    return NULL;
  }
  return r;
}

static void put(struct routes *r, uint32_t prefix, int port) {
  size_t i = prefix % r->cap;
  while (r->cur[i].port)
    i = (i + 1) % r->cap;
  r->cur[i].prefix = prefix;
  r->cur[i].port = port;
}

static void move_some(struct routes *r) {
  for (int n = 0; n < 4 && r->moved < r->old_cap; n++, r->moved++)
    if (r->old[r->moved].port)
      put(r, r->old[r->moved].prefix, r->old[r->moved].port);
  if (r->moved == r->old_cap) {
    free(r->old);
    r->old = NULL;
  }
}

static int grow(struct routes *r) {
  struct route *fresh = calloc(r->cap * 2, sizeof *fresh);
  if (!fresh)
    return -1;
  r->old = r->cur;
  r->old_cap = r->cap;
  r->moved = 0;
  r->cur = fresh;
  r->cap *= 2;
  return 0;
}

int route_add(struct routes *r, uint32_t prefix, int port) {
  if (r->old)
    move_some(r);
  else if (r->count * 2 > r->cap && grow(r) < 0)
    return -1;
  put(r, prefix, port);
  r->count++;
  return 0;
}

static int probe(const struct route *t, size_t cap, uint32_t prefix) {
  for (size_t i = prefix % cap; t[i].port; i = (i + 1) % cap)
    if (t[i].prefix == prefix)
      return t[i].port;
  return 0;
}

int route_find(struct routes *r, uint32_t prefix) {
  int port = probe(r->cur, r->cap, prefix);
  if (!port && r->old)
    port = probe(r->old, r->old_cap, prefix);
  if (port)
    r->hits++;
  return port;
}

void routes_tick(struct routes *r) {
  if (r->old)
    move_some(r);
}

void routes_free(struct routes *r) {
  free(r->old);
  free(r->cur);
  free(r);
}
