// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct sbuf {
  unsigned refs;
  size_t len;
  char bytes[256];
};

static void sbuf_put(struct sbuf *b) {
  if (!b)
    return;
  if (--b->refs == 0)
    free(b);
}

static struct sbuf *sbuf_get(struct sbuf *b) {
  b->refs++;
  return b;
}

struct bstack {
  struct sbuf *item[32];
  unsigned level;
  unsigned peak;
};

struct bstack *bstack_new(void) { return calloc(1, sizeof(struct bstack)); }

int bstack_push(struct bstack *s, struct sbuf *b) {
  if (s->level == 32)
    return -1;
  sbuf_put(s->item[s->level]);
  s->item[s->level++] = sbuf_get(b);
  if (s->level > s->peak)
    s->peak = s->level;
  return 0;
}

int bstack_pop(struct bstack *s, char *out, size_t n) {
  struct sbuf *b;
  if (s->level == 0)
    return -1;
  b = s->item[--s->level];
  memcpy(out, b->bytes, b->len < n ? b->len : n);
  sbuf_put(b);
  s->item[s->level] = NULL;
  return 0;
}

void bstack_unwind(struct bstack *s, unsigned level) {
  while (s->level > level) {
    s->level--;
    sbuf_put(s->item[s->level]);
    s->item[s->level] = NULL;
  }
}

void bstack_free(struct bstack *s) {
  for (unsigned i = 0; i < 32; i++)
    sbuf_put(s->item[i]);
  free(s);
}
