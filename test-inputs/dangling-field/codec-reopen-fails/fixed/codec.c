// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct codec {
  unsigned char *extra;
  size_t extra_len;
  int opened;
};

struct codec *codec_new(void) { return calloc(1, sizeof(struct codec)); }

static int set_extra(struct codec *c, const void *p, size_t n) {
  free(c->extra);
  c->extra = NULL;
  c->extra_len = 0;
  if (n > 4096)
    return -1;
  c->extra = malloc(n);
  if (!c->extra)
    return -1;
  memcpy(c->extra, p, n);
  c->extra_len = n;
  return 0;
}

int codec_open(struct codec *c, const void *p, size_t n) {
  if (set_extra(c, p, n) < 0)
    return -1;
  c->opened = 1;
  return 0;
}

unsigned codec_sum(const struct codec *c) {
  unsigned s = 0;
  if (c->extra)
    for (size_t i = 0; i < c->extra_len; i++)
      s += c->extra[i];
  return s;
}

void codec_free(struct codec *c) {
  free(c->extra);
  free(c);
}
