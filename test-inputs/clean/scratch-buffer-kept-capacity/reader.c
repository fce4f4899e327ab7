// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line_reader {
  FILE *in;
  char *scratch;
  size_t cap, len;
  int eof;
};

struct line_reader *reader_open(const char *path) {
  struct line_reader *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  r->in = fopen(path, "r");
  if (!r->in) {
    free(r);
    return NULL;
  }
  return r;
}

static int push(struct line_reader *r, int c) {
  if (r->len + 1 >= r->cap) {
    size_t cap = r->cap ? r->cap * 2 : 64;
    char *p = realloc(r->scratch, cap);
    if (!p)
      return -1;
    r->scratch = p;
    r->cap = cap;
  }
  r->scratch[r->len++] = (char)c;
  return 0;
}

const char *reader_next(struct line_reader *r) {
  int c;
  r->len = 0;
  while ((c = getc(r->in)) != EOF && c != '\n')
    if (push(r, c) < 0)
      return NULL;
  if (c == EOF && r->len == 0) {
    r->eof = 1;
    return NULL;
  }
  if (push(r, 0) < 0)
    return NULL;
  return r->scratch;
}

int reader_rewind(struct line_reader *r) {
  r->eof = 0;
  rewind(r->in);
  return ferror(r->in);
}

int reader_eof(const struct line_reader *r) { return r->eof; }

void reader_close(struct line_reader *r) {
  fclose(r->in);
  free(r->scratch);
  free(r);
}
