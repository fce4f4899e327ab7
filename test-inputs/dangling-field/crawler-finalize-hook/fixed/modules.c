// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "walk.h"
#include <stdio.h>
#include <stdlib.h>

struct expire_data {
  unsigned histogram[64];
  unsigned oldest;
};

static int expire_init(struct walk_job *job) {
  struct expire_data *d = calloc(1, sizeof *d);
  if (!d)
    return -1;
  job->data = d;
  return 0;
}

static void expire_visit(struct walk_job *job, unsigned key) {
  struct expire_data *d = job->data;
  d->histogram[key % 64]++;
  if (key > d->oldest)
    d->oldest = key;
}

static void expire_finalize(struct walk_job *job) {
  struct expire_data *d = job->data;
  printf("oldest %u\n", d->oldest);
  free(d);
}

static void count_visit(struct walk_job *job, unsigned key) {
  (void)job;
  if (key == 0)
    puts("zero");
}

const struct walk_module expire_module = {expire_init, expire_visit, expire_finalize};
const struct walk_module count_module = {NULL, count_visit, NULL};
