// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct point {
  unsigned char x[32], y[32];
};

struct exchange {
  int group;
  struct point *private_key;
  struct point *public_key;
};

static int make_keys(int group, struct point **priv, struct point **pub) {
  struct point *a, *b;
  if (group < 19 || group > 21)
    return -1;
  a = calloc(1, sizeof *a);
  b = calloc(1, sizeof *b);
  if (!a || !b) {
    free(a);
    free(b);
    return -1;
  }
  memset(a->x, group, sizeof a->x);
  memset(b->x, group + 1, sizeof b->x);
  *priv = a;
  *pub = b;
  return 0;
}

struct exchange *exchange_new(int group) {
  struct exchange *e = calloc(1, sizeof *e);
  if (!e)
    return NULL;
  e->group = group;
  if (make_keys(group, &e->private_key, &e->public_key) < 0) {
    free(e);
    return NULL;
  }
  return e;
}

int exchange_next_group(struct exchange *e) {
  e->group++;
  free(e->private_key);
  free(e->public_key);
  if (make_keys(e->group, &e->private_key, &e->public_key) < 0)
    return -1;
  return 0;
}

int exchange_read(const struct exchange *e, unsigned char out[32]) {
  memcpy(out, e->public_key->x, 32);
  return e->group;
}

void exchange_free(struct exchange *e) {
  free(e->private_key);
  free(e->public_key);
  free(e);
}
