// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "ring.h"
#include <stdlib.h>
#include <string.h>

struct packet *packet_new(const void *data, size_t len) {
  struct packet *p = malloc(sizeof *p);
  if (!p || len > sizeof p->data) {
    free(p);
    return NULL;
  }
  p->refs = 1;
  p->len = len;
  memcpy(p->data, data, len);
  return p;
}

struct packet *packet_ref(struct packet *p) {
  p->refs++;
  return p;
}

void packet_unref(struct packet *p) {
  if (p && --p->refs == 0)
    free(p);
}
