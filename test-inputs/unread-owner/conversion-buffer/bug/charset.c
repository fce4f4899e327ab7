// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct charset {
  unsigned char map[256];
  char *scratch;
  size_t cap;
  unsigned long lines, chars;
};

struct charset *charset_new(void) {
  struct charset *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  for (int i = 0; i < 256; i++)
    c->map[i] = (unsigned char)i;
  c->cap = 128;
  c->scratch = malloc(c->cap);
  if (!c->scratch) {
    free(c);
    return NULL;
  }
  return c;
}

void charset_map(struct charset *c, unsigned char from, unsigned char to) { c->map[from] = to; }

static int reserve(struct charset *c, size_t n) {
  char *more;
  if (n <= c->cap)
    return 0;
  more = realloc(c->scratch, n);
  if (!more)
    return -1;
  c->scratch = more;
  c->cap = n;
  return 0;
}

int charset_convert(struct charset *c, const char *in, char *out, size_t n) {
  size_t len = strlen(in);
  if (reserve(c, len + 1) < 0)
    return -1;
  if (len >= n)
    return -1;
  for (size_t i = 0; i <= len; i++)
    out[i] = (char)c->map[(unsigned char)in[i]];
  c->lines++;
  c->chars += len;
  return (int)len;
}

unsigned long charset_average(const struct charset *c) { return c->lines ? c->chars / c->lines : 0; }

void charset_free(struct charset *c) {
  free(c->scratch);
  free(c);
}
