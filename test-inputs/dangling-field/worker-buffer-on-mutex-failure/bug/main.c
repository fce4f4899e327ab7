// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct worker {
  char *buf;
  size_t cap;
  pthread_mutex_t mu;
  int served;
};

struct worker *worker_new(size_t cap) {
  struct worker *w = calloc(1, sizeof *w);
  if (w)
    w->cap = cap;
  return w;
}

int worker_start(struct worker *w) {
  if (!w->buf)
    w->buf = malloc(w->cap);
  if (!w->buf)
    return -1;
  if (pthread_mutex_init(&w->mu, NULL)) {
    free(w->buf);
    return -1;
  }
  return 0;
}

int worker_serve(struct worker *w, const char *request) {
  if (strlen(request) >= w->cap)
    return -1;
  strcpy(w->buf, request);
  w->served++;
  return 0;
}

void worker_stop(struct worker *w) {
  pthread_mutex_destroy(&w->mu);
  free(w->buf);
  w->buf = NULL;
}
