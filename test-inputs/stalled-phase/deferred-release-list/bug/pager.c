// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct page {
  unsigned no;
  unsigned char data[512];
};

struct pager {
  struct page **live;
  struct page **retired;
  unsigned npages, nretired, next_release;
};

struct pager *pager_new(unsigned n) {
  struct pager *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->live = calloc(n, sizeof *p->live);
  if (!p->live) {
    free(p);
    return NULL;
  }
  p->npages = n;
  return p;
}

static void release_one(struct pager *p) {
  free(p->retired[p->next_release++]);
  if (p->next_release == p->nretired) {
    free(p->retired);
    p->retired = NULL;
  }
}

int pager_snapshot(struct pager *p) {
  if (p->retired)
    return -1;
  struct page **fresh = calloc(p->npages, sizeof *fresh);
  if (!fresh)
    return -1;
  for (unsigned i = 0; i < p->npages; i++)
    if (p->live[i]) {
      fresh[i] = malloc(sizeof *fresh[i]);
      if (fresh[i])
        memcpy(fresh[i], p->live[i], sizeof *fresh[i]);
    }
  p->retired = p->live;
  p->live = fresh;
  p->nretired = p->npages;
  p->next_release = 0;
  return 0;
}

int pager_write(struct pager *p, unsigned no, const void *data, size_t n) {
  if (p->retired)
    release_one(p);
  if (no >= p->npages || n > sizeof p->live[0]->data)
    return -1;
  if (!p->live[no]) {
    p->live[no] = calloc(1, sizeof *p->live[no]);
    if (!p->live[no])
      return -1;
    p->live[no]->no = no;
  }
  memcpy(p->live[no]->data, data, n);
  return 0;
}

/* Reads the state before the snapshot as long as it is there. */
int pager_read(const struct pager *p, unsigned no, int before, void *out) {
  const struct page *from;
  if (no >= p->npages)
    return -1;
  if (before && p->retired && no >= p->next_release)
    from = p->retired[no];
  else
    from = p->live[no];
  if (!from)
    return -1;
  memcpy(out, from->data, sizeof from->data);
  return 0;
}
