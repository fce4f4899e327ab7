// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A channel whose handshake record is of no use once traffic keys exist.
#include <stdlib.h>
#include <string.h>

struct handshake {
  unsigned char transcript[4096];
  size_t len;
  unsigned char secret[32];
};

struct secure_chan {
  struct handshake *hs;
  unsigned char key[32];
  unsigned long seq;
  int established;
};

struct secure_chan *chan_new(const unsigned char secret[32]) {
  struct secure_chan *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->hs = calloc(1, sizeof *c->hs);
  if (!c->hs) {
    free(c);
    return NULL;
  }
  memcpy(c->hs->secret, secret, 32);
  return c;
}

int chan_feed_handshake(struct secure_chan *c, const void *msg, size_t len) {
  if (c->established)
    return -1;
  if (len > sizeof c->hs->transcript - c->hs->len)
    return -1;
  memcpy(c->hs->transcript + c->hs->len, msg, len);
  c->hs->len += len;
  return 0;
}

static void derive(const struct handshake *hs, unsigned char out[32]) {
  for (size_t i = 0; i < 32; i++)
    out[i] = hs->secret[i];
  for (size_t i = 0; i < hs->len; i++)
    out[i % 32] ^= hs->transcript[i];
}

int chan_complete(struct secure_chan *c) {
  if (c->established)
    return -1;
  derive(c->hs, c->key);
  memset(c->hs, 0, sizeof *c->hs);
  free(c->hs);
  c->hs = NULL;
  c->established = 1;
  return 0;
}

int chan_seal(struct secure_chan *c, unsigned char *buf, size_t len) {
  if (!c->established)
    return -1;
  for (size_t i = 0; i < len; i++)
    buf[i] ^= c->key[(i + c->seq) % 32];
  c->seq++;
  return 0;
}

void chan_free(struct secure_chan *c) {
  if (c->hs)
    free(c->hs);
  memset(c->key, 0, sizeof c->key);
  free(c);
}
