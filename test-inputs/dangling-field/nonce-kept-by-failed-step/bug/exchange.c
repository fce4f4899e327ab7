// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct exchange {
  char *nonce;
  char *first;
  int fd;
};

struct exchange *exchange_new(int fd) {
  struct exchange *x = calloc(1, sizeof *x);
  if (x)
    x->fd = fd;
  return x;
}

static char *build(struct exchange *x) {
  char *r;
  x->nonce = malloc(24);
  if (!x->nonce)
    return NULL;
  r = malloc(64);
  if (!r)
    goto failed;
  x->first = strdup(r);
  if (!x->first) {
    free(r);
    goto failed;
  }
  return r;
failed:
  free(x->nonce);
  return NULL;
}

int exchange_start(struct exchange *x) {
  char *r;
  if (x->first)
    return -1;
  r = build(x);
  if (!r)
    return -1;
  free(r);
  return 0;
}

int exchange_nonce(struct exchange *x) { return x->nonce ? x->nonce[0] : 0; }

void exchange_reset(struct exchange *x) {
  free(x->nonce);
  free(x->first);
  x->nonce = NULL;
  x->first = NULL;
}
