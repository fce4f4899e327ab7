// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// An item index whose growth is finished by a maintenance thread.
#include <pthread.h>
#include <stdlib.h>

struct item {
  struct item *h_next;
  unsigned hv;
};

static struct item **hashtable;
static struct item **old_hashtable;
static unsigned hashpower = 12;
static int expanding;
static unsigned long expand_bucket;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wanted = PTHREAD_COND_INITIALIZER;
static int run_thread = 1;
static pthread_t thread;

static unsigned long mask(unsigned power) { return (1ul << power) - 1; }

void index_init(void) {
  hashtable = calloc(1ul << hashpower, sizeof *hashtable);
  if (!hashtable)
    abort();
}

struct item *index_find(unsigned hv) {
  struct item *it;
  pthread_mutex_lock(&lock);
  unsigned long b = hv & mask(hashpower - 1);
  if (expanding && b >= expand_bucket)
    it = old_hashtable[b];
  else
    it = hashtable[hv & mask(hashpower)];
  while (it && it->hv != hv)
    it = it->h_next;
  pthread_mutex_unlock(&lock);
  return it;
}

void index_insert(struct item *it) {
  pthread_mutex_lock(&lock);
  unsigned long b = it->hv & mask(hashpower - 1);
  struct item **head;
  if (expanding && b >= expand_bucket)
    head = &old_hashtable[b];
  else
    head = &hashtable[it->hv & mask(hashpower)];
  it->h_next = *head;
  *head = it;
  pthread_mutex_unlock(&lock);
}

void index_want_growth(void) { pthread_cond_signal(&wanted); }

static void expand_table(void) {
  struct item **fresh = calloc(1ul << (hashpower + 1), sizeof *fresh);
  if (!fresh)
    return;
  old_hashtable = hashtable;
  hashtable = fresh;
  hashpower++;
  expand_bucket = 0;
  expanding = 1;
}

static void *maintain(void *arg) {
  (void)arg;
  pthread_mutex_lock(&lock);
  while (run_thread) {
    while (expanding) {
      struct item *it = old_hashtable[expand_bucket], *next;
      for (; it; it = next) {
        next = it->h_next;
        struct item **to = &hashtable[it->hv & mask(hashpower)];
        it->h_next = *to;
        *to = it;
      }
      old_hashtable[expand_bucket] = NULL;
      if (++expand_bucket == 1ul << (hashpower - 1)) {
        expanding = 0;
        free(old_hashtable);
        old_hashtable = NULL;
      }
      pthread_mutex_unlock(&lock);
      pthread_mutex_lock(&lock);
    }
    pthread_cond_wait(&wanted, &lock);
    if (run_thread)
      expand_table();
  }
  pthread_mutex_unlock(&lock);
  return NULL;
}

int index_start_thread(void) { return pthread_create(&thread, NULL, maintain, NULL); }

void index_stop_thread(void) {
  pthread_mutex_lock(&lock);
  run_thread = 0;
  pthread_cond_signal(&wanted);
  pthread_mutex_unlock(&lock);
  pthread_join(thread, NULL);
}
