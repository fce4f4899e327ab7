// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

enum { NONE, PUBKEY, ACCEPTED };

struct key {
  char data[128];
  int type;
};

struct auth {
  int state;
  struct key *key;
  int identity;
};

struct auth *auth_new(void) { return calloc(1, sizeof(struct auth)); }

static struct key *load(int identity) {
  struct key *k = identity < 8 ? calloc(1, sizeof *k) : NULL;
  if (k)
    k->type = identity;
  return k;
}

int auth_step(struct auth *a, int refused) {
  if (a->state == NONE) {
    if (!a->key)
      a->key = load(a->identity);
    if (!a->key)
      return -1;
    a->state = PUBKEY;
    return a->key->type;
  }
  if (a->state == PUBKEY) {
    if (refused) {
      free(a->key);
      a->identity++;
      a->state = NONE;
      return 0;
    }
    a->state = ACCEPTED;
  }
  return a->state;
}

void auth_free(struct auth *a) {
  free(a->key);
  free(a);
}
