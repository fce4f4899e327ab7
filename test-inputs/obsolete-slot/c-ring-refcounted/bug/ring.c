// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ring.h"
#include <stdlib.h>

struct packet_ring *ring_new(void) { return calloc(1, sizeof(struct packet_ring)); }

int ring_put(struct packet_ring *r, struct packet *p) {
  if (r->tail - r->head == RING_SIZE)
    return -1;
  unsigned i = r->tail++ % RING_SIZE;
  packet_unref(r->slot[i]);
  r->slot[i] = packet_ref(p);
  return 0;
}

struct packet *ring_get(struct packet_ring *r) {
  if (r->head == r->tail)
    return NULL;
  unsigned i = r->head++ % RING_SIZE;
  return packet_ref(r->slot[i]);
}

void ring_free(struct packet_ring *r) {
  for (unsigned i = 0; i < RING_SIZE; i++)
    packet_unref(r->slot[i]);
  free(r);
}
