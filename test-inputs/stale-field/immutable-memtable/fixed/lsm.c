// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEM 1024

struct memtable {
  size_t n;
  struct {
    unsigned key;
    unsigned value;
  } row[MEM];
};

struct lsm {
  struct memtable *mem;
  struct memtable *imm;
  int has_imm;
  FILE *log;
  unsigned flushed;
};

struct lsm *lsm_open(FILE *log) {
  struct lsm *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->mem = calloc(1, sizeof *d->mem);
  if (!d->mem) {
    free(d);
    return NULL;
  }
  d->log = log;
  return d;
}

static int search(const struct memtable *t, unsigned key, unsigned *value) {
  for (size_t i = t->n; i-- > 0;)
    if (t->row[i].key == key) {
      *value = t->row[i].value;
      return 1;
    }
  return 0;
}

int lsm_get(struct lsm *d, unsigned key, unsigned *value) {
  if (search(d->mem, key, value))
    return 1;
  return d->has_imm && search(d->imm, key, value);
}

/* Writes the frozen table out; the caller runs it when there is time. */
int lsm_flush(struct lsm *d) {
  if (!d->has_imm)
    return 0;
  if (fwrite(d->imm->row, sizeof d->imm->row[0], d->imm->n, d->log) != d->imm->n)
    return -1;
  d->flushed++;
  free(d->imm);
  d->imm = NULL;
  d->has_imm = 0;
  return 1;
}

int lsm_put(struct lsm *d, unsigned key, unsigned value) {
  if (d->mem->n == MEM) {
    if (d->has_imm)
      return -1;
    struct memtable *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
      return -1;
    d->imm = d->mem;
    d->mem = fresh;
    d->has_imm = 1;
  }
  d->mem->row[d->mem->n].key = key;
  d->mem->row[d->mem->n].value = value;
  d->mem->n++;
  return 0;
}

unsigned lsm_flushed(const struct lsm *d) { return d->flushed; }

void lsm_close(struct lsm *d) {
  free(d->mem);
  free(d->imm);
  free(d);
}
