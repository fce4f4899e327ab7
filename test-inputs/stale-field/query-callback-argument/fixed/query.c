// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*answer_fn)(const char *answer, const char *arg);

struct query {
  char name[256];
  answer_fn fn;
  char *arg;
  int done;
  unsigned sent;
  long ttl;
};

struct query *query_new(const char *name, answer_fn fn, const char *arg) {
  struct query *q = calloc(1, sizeof *q);
  if (!q)
    return NULL;
  snprintf(q->name, sizeof q->name, "%s", name);
  q->fn = fn;
  q->arg = strdup(arg);
  if (!q->arg) {
    free(q);
    return NULL;
  }
  return q;
}

int query_send(struct query *q, int fd) {
  if (q->done)
    return -1;
  q->sent++;
  return dprintf(fd, "Q%u %s\n", q->sent, q->name);
}

int query_answer(struct query *q, const char *answer, long ttl) {
  if (q->done)
    return -1;
  q->done = 1;
  q->ttl = ttl;
  q->fn(answer, q->arg);
  free(q->arg);
  q->arg = NULL;
  return 0;
}

int query_timeout(struct query *q) {
  if (q->done || q->sent < 3)
    return 0;
  q->done = 1;
  q->ttl = 0;
  q->fn(NULL, q->arg);
  free(q->arg);
  q->arg = NULL;
  return 1;
}

long query_age(struct query *q) { return q->done ? q->ttl-- : -1; }

void query_free(struct query *q) {
  free(q->arg);
  free(q);
}
