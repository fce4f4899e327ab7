// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

struct reader {
  FILE *in;
  char *line;
  size_t cap;
  unsigned long n;
};

struct reader *reader_new(FILE *in) {
  struct reader *r = calloc(1, sizeof *r);
  if (r)
    r->in = in;
  return r;
}

const char *reader_next(struct reader *r) {
  ssize_t got = getline(&r->line, &r->cap, r->in);
  if (got < 0) {
    free(r->line);
    r->cap = 0;
    return NULL;
  }
  r->n++;
  return r->line;
}

void reader_free(struct reader *r) {
  free(r->line);
  free(r);
}
