// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "replica.h"
#include <stdlib.h>
#include <string.h>

struct replica *replica_new(void) { return calloc(1, sizeof(struct replica)); }

int repl_start(struct replica *r, size_t bytes) {
  if (r->state != R_OFFLINE || bytes == 0)
    return -1;
  r->snapshot = malloc(bytes);
  if (!r->snapshot)
    return -1;
  r->have = 0;
  r->want = bytes;
  r->state = R_SYNC;
  return 0;
}

int repl_data(struct replica *r, const char *p, size_t n) {
  if (r->state != R_SYNC || n > r->want - r->have)
    return -1;
  memcpy(r->snapshot + r->have, p, n);
  r->have += n;
  return 0;
}

int repl_finish(struct replica *r) {
  if (r->state != R_SYNC || r->have < r->want)
    return -1;
  r->keys = snapshot_count_keys(r->snapshot, r->have);
  free(r->snapshot);
  r->snapshot = NULL;
  r->state = R_ONLINE;
  return 0;
}

int repl_apply(struct replica *r, const char *command) {
  if (r->state != R_ONLINE)
    return -1;
  if (strncmp(command, "SET ", 4) == 0)
    r->keys++;
  r->applied++;
  return 0;
}

void repl_disconnect(struct replica *r) {
  if (r->state == R_SYNC) {
    free(r->snapshot);
    r->snapshot = NULL;
  }
  r->state = R_OFFLINE;
}

void replica_free(struct replica *r) {
  free(r->snapshot);
  free(r);
}
