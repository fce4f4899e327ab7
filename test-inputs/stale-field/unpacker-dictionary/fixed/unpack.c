// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unpacker {
  unsigned char window[4096];
  size_t pos;
  unsigned char *dict;
  size_t dict_len;
  int dict_set;
  unsigned long in, out;
};

struct unpacker *unpacker_new(void) { return calloc(1, sizeof(struct unpacker)); }

int unpacker_dictionary(struct unpacker *u, const void *d, size_t n) {
  unsigned char *copy;
  if (u->dict_set || u->dict)
    return -1;
  copy = malloc(n);
  if (!copy)
    return -1;
  memcpy(copy, d, n);
  u->dict = copy;
  u->dict_len = n;
  return 0;
}

static void apply_dictionary(struct unpacker *u) {
  size_t n = u->dict_len < sizeof u->window ? u->dict_len : sizeof u->window;
  memcpy(u->window, u->dict + (u->dict_len - n), n);
  u->pos = n % sizeof u->window;
  u->dict_set = 1;
  free(u->dict);
  u->dict = NULL;
}

int unpacker_feed(struct unpacker *u, const unsigned char *p, size_t n, FILE *out) {
  size_t i;
  if (n && p[0] == 0xfd && !u->dict_set) {
    if (!u->dict)
      return -1;
    apply_dictionary(u);
  }
  for (i = 0; i < n; i++) {
    unsigned char c = p[i];
    if (c & 0x80)
      c = u->window[(u->pos - (c & 0x7f)) % sizeof u->window];
    u->window[u->pos++ % sizeof u->window] = c;
    fputc(c, out);
    u->out++;
  }
  u->in += n;
  return 0;
}

double unpacker_ratio(const struct unpacker *u) { return u->in ? (double)u->out / (double)u->in : 0; }

void unpacker_free(struct unpacker *u) {
  free(u->dict);
  free(u);
}
