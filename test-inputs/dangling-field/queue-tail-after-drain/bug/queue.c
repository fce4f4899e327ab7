// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct work {
  struct work *next;
  int kind;
  char text[48];
};

struct work_queue {
  pthread_mutex_t mu;
  struct work *head;
  struct work *tail;
  unsigned pushed, dropped;
};

struct work_queue *wq_new(void) {
  struct work_queue *q = calloc(1, sizeof *q);
  if (q)
    pthread_mutex_init(&q->mu, NULL);
  return q;
}

int wq_push(struct work_queue *q, int kind, const char *text) {
  struct work *w = calloc(1, sizeof *w);
  if (!w)
    return -1;
  w->kind = kind;
  snprintf(w->text, sizeof w->text, "%s", text);
  pthread_mutex_lock(&q->mu);
  if (q->tail)
    q->tail->next = w;
  else
    q->head = w;
  q->tail = w;
  q->pushed++;
  pthread_mutex_unlock(&q->mu);
  return 0;
}

struct work *wq_pop(struct work_queue *q) {
  struct work *w;
  pthread_mutex_lock(&q->mu);
  w = q->head;
  if (w) {
    q->head = w->next;
    if (!q->head)
      q->tail = NULL;
  }
  pthread_mutex_unlock(&q->mu);
  return w;
}

unsigned wq_drain(struct work_queue *q) {
  unsigned n = 0;
  pthread_mutex_lock(&q->mu);
  while (q->head) {
    struct work *w = q->head;
    q->head = w->next;
    free(w);
    n++;
  }
  q->dropped += n;
  pthread_mutex_unlock(&q->mu);
  return n;
}

void wq_free(struct work_queue *q) {
  wq_drain(q);
  pthread_mutex_destroy(&q->mu);
  free(q);
}
