// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define NSLOTS 32

struct job_slot {
  int in_use;
  int id;
  size_t len;
  unsigned char *payload;
};

static struct job_slot slots[NSLOTS];
static int next_id = 1;
static unsigned long finished;

int job_submit(const void *data, size_t len) {
  for (int i = 0; i < NSLOTS; i++) {
    struct job_slot *s = &slots[i];
    if (s->in_use)
      continue;
    unsigned char *copy = malloc(len ? len : 1);
    if (!copy)
      return -1;
    memcpy(copy, data, len);
    s->payload = copy;
    s->len = len;
    s->id = next_id++;
    s->in_use = 1;
    return s->id;
  }
  return -1;
}

static struct job_slot *find(int id) {
  for (int i = 0; i < NSLOTS; i++)
    if (slots[i].in_use && slots[i].id == id)
      return &slots[i];
  return NULL;
}

unsigned job_checksum(int id) {
  unsigned sum = 0;
  struct job_slot *s = find(id);
  if (!s)
    return 0;
  for (size_t i = 0; i < s->len; i++)
    sum += s->payload[i];
  return sum;
}

int job_finish(int id) {
  struct job_slot *s = find(id);
  if (!s)
    return -1;
  s->in_use = 0;
  free(s->payload);
  s->payload = NULL;
  finished++;
  return 0;
}

unsigned long job_finished(void) { return finished; }
