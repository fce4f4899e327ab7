// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct rnode {
  int refs;
  struct rnode *next; /* owns a reference */
  char label[32];
};

struct rlist {
  struct rnode *first;
  unsigned n;
};

struct rnode *rnode_ref(struct rnode *r) {
  if (r)
    r->refs++;
  return r;
}

void rnode_unref(struct rnode *r) {
  while (r && --r->refs == 0) {
    struct rnode *next = r->next;
    free(r);
    r = next;
  }
}

struct rlist *rlist_new(void) { return calloc(1, sizeof(struct rlist)); }

int rlist_prepend(struct rlist *l, const char *label) {
  struct rnode *r = calloc(1, sizeof *r);
  if (!r)
    return -1;
  r->refs = 1;
  strncpy(r->label, label, sizeof r->label - 1);
  r->next = l->first;
  l->first = r;
  l->n++;
  return 0;
}

/* The caller owns the result. */
struct rnode *rlist_unlink(struct rlist *l, const char *label) {
  struct rnode **pp = &l->first;
  while (*pp && strcmp((*pp)->label, label) != 0)
    pp = &(*pp)->next;
  struct rnode *r = *pp;
  if (!r)
    return NULL;
  *pp = rnode_ref(r->next);
  l->n--;
  return r;
}

const char *rnode_label(const struct rnode *r) { return r->label; }
unsigned rlist_len(const struct rlist *l) { return l->n; }

void rlist_free(struct rlist *l) {
  rnode_unref(l->first);
  free(l);
}
