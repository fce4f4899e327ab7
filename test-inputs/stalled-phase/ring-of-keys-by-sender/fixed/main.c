// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct keys {
  unsigned char k[64];
  unsigned epoch;
};

struct channel {
  struct keys *cur_keys;
  struct keys *old_keys;
  unsigned overlap;
};

struct channel *channel_new(void) {
  struct channel *c = calloc(1, sizeof *c);
  if (c)
    c->cur_keys = calloc(1, sizeof *c->cur_keys);
  return c;
}

int channel_rekey(struct channel *c, unsigned epoch) {
  struct keys *fresh;
  if (c->old_keys)
    return -1;
  fresh = calloc(1, sizeof *fresh);
  if (!fresh)
    return -1;
  fresh->epoch = epoch;
  c->old_keys = c->cur_keys;
  c->cur_keys = fresh;
  c->overlap = 64;
  return 0;
}

static void fade(struct channel *c) {
  if (c->old_keys) {
    c->overlap -= c->old_keys->k[0] & 1;
    if (c->overlap-- <= 1) {
      free(c->old_keys);
      c->old_keys = NULL;
    }
  }
}

void channel_send(struct channel *c, unsigned char *msg, size_t n) {
  fade(c);
  for (size_t i = 0; i < n; i++)
    msg[i] ^= c->cur_keys->k[i % 64];
}

int channel_receive(struct channel *c, unsigned epoch, unsigned char *msg, size_t n) {
  const struct keys *k = c->cur_keys;
  fade(c);
  if (epoch != k->epoch && c->old_keys && c->old_keys->epoch == epoch)
    k = c->old_keys;
  if (k->epoch != epoch)
    return -1;
  for (size_t i = 0; i < n; i++)
    msg[i] ^= k->k[i % 64];
  return 0;
}
