// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>

struct res {
  int status;
  char body[64];
};

struct sconn {
  struct res *res;
  int closing;
};

struct sconn *sconn_new(void) { return calloc(1, sizeof(struct sconn)); }

void sconn_error(struct sconn *sc, int status) {
  struct res *res = calloc(1, sizeof *res);
  if (!res) {
    sc->closing = 1;
    return;
  }
  res->status = status;
  if (snprintf(res->body, sizeof res->body, "error %d", status) < 0) {
    free(res);
    sc->closing = 1;
  }
  free(sc->res);
  sc->res = res;
}

int sconn_write(struct sconn *sc, FILE *out) {
  if (!sc->res)
    return -1;
  return fprintf(out, "%d %s\n", sc->res->status, sc->res->body);
}

void sconn_reap(struct sconn *sc) {
  free(sc->res);
  free(sc);
}
