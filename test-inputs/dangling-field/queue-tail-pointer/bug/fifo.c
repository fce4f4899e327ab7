// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdlib.h>

struct cell {
  struct cell *next;
  int value;
};

struct fifo {
  struct cell *head;
  struct cell *tail;
  unsigned n;
  pthread_mutex_t lock;
};

struct fifo *fifo_new(void) {
  struct fifo *q = calloc(1, sizeof *q);
  if (q)
    pthread_mutex_init(&q->lock, NULL);
  return q;
}

int fifo_put(struct fifo *q, int value) {
  struct cell *c = malloc(sizeof *c);
  if (!c)
    return -1;
  c->next = NULL;
  c->value = value;
  pthread_mutex_lock(&q->lock);
  if (q->tail)
    q->tail->next = c;
  else
    q->head = c;
  q->tail = c;
  q->n++;
  pthread_mutex_unlock(&q->lock);
  return 0;
}

int fifo_take(struct fifo *q, int *value) {
  int got = 0;
  pthread_mutex_lock(&q->lock);
  struct cell *c = q->head;
  if (c) {
    *value = c->value;
    q->head = c->next;
    q->n--;
    free(c);
    got = 1;
  }
  pthread_mutex_unlock(&q->lock);
  return got;
}

unsigned fifo_len(struct fifo *q) {
  pthread_mutex_lock(&q->lock);
  unsigned n = q->n;
  pthread_mutex_unlock(&q->lock);
  return n;
}

void fifo_delete(struct fifo *q) {
  int v;
  while (fifo_take(q, &v))
    ;
  pthread_mutex_destroy(&q->lock);
  free(q);
}
