// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RING_H
#define RING_H
#include <stddef.h>
struct packet {
  int refs;
  size_t len;
  unsigned char data[1500];
};
struct packet *packet_new(const void *p, size_t len);
struct packet *packet_ref(struct packet *p);
void packet_unref(struct packet *p);
#define RING_SIZE 32u
struct packet_ring {
  struct packet *slot[RING_SIZE];
  unsigned head, tail;
};
struct packet_ring *ring_new(void);
int ring_put(struct packet_ring *r, struct packet *p);
struct packet *ring_get(struct packet_ring *r);
void ring_free(struct packet_ring *r);
#endif
