// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A sorted index that a thread rebuilds in the background.
#include <pthread.h>
#include <stdlib.h>

#define SIZE 4096u

static unsigned *index_now;
static unsigned *old_index;
static unsigned copied;
static int rebuilding;
static int wanted;
static int stop;
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cv = PTHREAD_COND_INITIALIZER;

int index_setup(void) {
  index_now = calloc(SIZE, sizeof *index_now);
  return index_now ? 0 : -1;
}

unsigned index_at(unsigned i) {
  unsigned v;
  pthread_mutex_lock(&mu);
  if (rebuilding && i % SIZE >= copied)
    v = old_index[i % SIZE];
  else
    v = index_now[i % SIZE];
  pthread_mutex_unlock(&mu);
  return v;
}

void index_rebuild(void) {
  pthread_mutex_lock(&mu);
  wanted = 1;
  pthread_cond_signal(&cv);
  pthread_mutex_unlock(&mu);
}

void index_quit(void) {
  pthread_mutex_lock(&mu);
  stop = 1;
  pthread_cond_signal(&cv);
  pthread_mutex_unlock(&mu);
}

static int begin(void) {
  unsigned *fresh = calloc(SIZE, sizeof *fresh);
  if (!fresh)
    return -1;
  free(old_index);
  old_index = index_now;
  index_now = fresh;
  copied = 0;
  rebuilding = 1;
  return 0;
}

void *index_thread(void *arg) {
  (void)arg;
  pthread_mutex_lock(&mu);
  while (!stop) {
    if (rebuilding) {
      for (unsigned i = 0; i < 64; i++, copied++)
        index_now[copied] = old_index[copied] + 1;
      if (copied == SIZE) {
        rebuilding = 0;
      }
      pthread_mutex_unlock(&mu);
      pthread_mutex_lock(&mu);
      continue;
    }
    while (!wanted && !stop)
      pthread_cond_wait(&cv, &mu);
    wanted = 0;
    begin();
  }
  pthread_mutex_unlock(&mu);
  return NULL;
}
