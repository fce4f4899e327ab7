/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct batch {
  pthread_mutex_t lock;
  char *script; /* what to run next; read until the run starts */
  int running;
  size_t done;
};

size_t execute(char *text);

struct batch *batch_new(void) {
  struct batch *b = calloc(1, sizeof *b);
  if (b)
    pthread_mutex_init(&b->lock, NULL);
  return b;
}

int batch_load(struct batch *b, const char *text) {
  int ok = 0;
  pthread_mutex_lock(&b->lock);
  if (!b->running) {
    free(b->script);
    b->script = strdup(text);
    ok = b->script != NULL;
  }
  pthread_mutex_unlock(&b->lock);
  return ok;
}

size_t batch_size(struct batch *b) {
  size_t n = 0;
  pthread_mutex_lock(&b->lock);
  if (!b->running && b->script)
    n = strlen(b->script);
  pthread_mutex_unlock(&b->lock);
  return n;
}

void batch_run(struct batch *b) {
  char *copy;
  pthread_mutex_lock(&b->lock);
  if (b->running || !b->script) {
    pthread_mutex_unlock(&b->lock);
    return;
  }
  copy = strdup(b->script);
  b->running = 1;
  pthread_mutex_unlock(&b->lock);
  size_t n = copy ? execute(copy) : 0; /* hours; and b->script stays */
  free(copy);
  pthread_mutex_lock(&b->lock);
  free(b->script);
  b->script = NULL;
  b->done += n;
  b->running = 0;
  pthread_mutex_unlock(&b->lock);
}

void batch_free(struct batch *b) {
  free(b->script);
  pthread_mutex_destroy(&b->lock);
  free(b);
}
