// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct charset {
  unsigned char map[256];
  unsigned long lines, chars;
};

struct charset *charset_new(void) {
  struct charset *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  for (int i = 0; i < 256; i++)
    c->map[i] = (unsigned char)i;
  return c;
}

void charset_map(struct charset *c, unsigned char from, unsigned char to) { c->map[from] = to; }


int charset_convert(struct charset *c, const char *in, char *out, size_t n) {
  size_t len = strlen(in);
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
  free(c);
}
