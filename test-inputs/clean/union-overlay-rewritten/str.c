// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define SMALL 24

struct str {
  int small;
  unsigned len;
  union {
    char buf[SMALL];
    char *heap;
  } as;
};

struct str *str_new(void) {
  struct str *s = calloc(1, sizeof *s);
  if (s)
    s->small = 1;
  return s;
}

const char *str_text(const struct str *s) { return s->small ? s->as.buf : s->as.heap; }

int str_set(struct str *s, const char *text) {
  size_t n = strlen(text);
  char *fresh = NULL;
  if (n >= SMALL) {
    fresh = malloc(n + 1);
    if (!fresh)
      return -1;
    memcpy(fresh, text, n + 1);
  }
  if (!s->small)
    free(s->as.heap);
  if (fresh) {
    s->as.heap = fresh;
    s->small = 0;
  } else {
    memset(&s->as, 0, sizeof s->as);
    memcpy(s->as.buf, text, n + 1);
    s->small = 1;
  }
  s->len = (unsigned)n;
  return 0;
}

unsigned str_hash(const struct str *s) {
  unsigned h = s->len;
  const char *p = str_text(s);
  for (unsigned i = 0; i < s->len; i++)
    h = h * 31 + (unsigned char)p[i];
  return h;
}

void str_free(struct str *s) {
  if (!s->small)
    free(s->as.heap);
  free(s);
}
