// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct resp {
  struct resp *next_free;
  char *line;
  char *body;
  size_t nbody;
  int in_use;
};

struct resp_pool {
  struct resp *free_list;
  unsigned live, made;
};

struct resp_pool *pool_new(void) { return calloc(1, sizeof(struct resp_pool)); }

struct resp *resp_get(struct resp_pool *p) {
  struct resp *r = p->free_list;
  if (r) {
    p->free_list = r->next_free;
  } else {
    r = malloc(sizeof *r);
    if (!r)
      return NULL;
    p->made++;
  }
  memset(r, 0, sizeof *r);
  r->in_use = 1;
  p->live++;
  return r;
}

int resp_fill(struct resp *r, const char *line, const void *body, size_t n) {
  r->line = strdup(line);
  r->body = malloc(n ? n : 1);
  if (!r->line || !r->body)
    return -1;
  memcpy(r->body, body, n);
  r->nbody = n;
  return 0;
}

size_t resp_size(const struct resp *r) {
  return (r->line ? strlen(r->line) : 0) + r->nbody;
}

void resp_put(struct resp_pool *p, struct resp *r) {
  free(r->line);
  free(r->body);
  r->next_free = p->free_list;
  p->free_list = r;
  p->live--;
}

unsigned pool_live(const struct resp_pool *p) { return p->live; }

void pool_delete(struct resp_pool *p) {
  while (p->free_list) {
    struct resp *r = p->free_list;
    p->free_list = r->next_free;
    free(r);
  }
  free(p);
}
