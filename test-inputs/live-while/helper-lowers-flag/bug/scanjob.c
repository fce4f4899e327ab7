// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>

struct scanjob {
  int active;
  int *matches RETSAN_LIVE_WHILE(active);
  unsigned found, runs;
};

static void finish(struct scanjob *j) {
  j->active = 0;
  j->runs++;
}

struct scanjob *scanjob_new(void) { return calloc(1, sizeof(struct scanjob)); }

int scanjob_start(struct scanjob *j, unsigned max) {
  if (j->active)
    return -1;
  j->matches = calloc(max, sizeof *j->matches);
  if (!j->matches)
    return -1;
  j->found = 0;
  j->active = 1;
  return 0;
}

void scanjob_add(struct scanjob *j, int at) {
  if (j->active)
    j->matches[j->found++] = at;
}

static void drop(struct scanjob *j) {
  free(j->matches);
  j->matches = NULL;
}

unsigned scanjob_end(struct scanjob *j) {
  if (!j->active)
    return 0;
  drop(j);
  finish(j);
  return j->found;
}

void scanjob_cancel(struct scanjob *j) {
  if (!j->active)
    return;
  finish(j);
}

void scanjob_free(struct scanjob *j) {
  drop(j);
  free(j);
}
