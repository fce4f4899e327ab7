// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t *locks;
static int users;

static int init_locks(int n) {
  for (int i = 0; i < n; i++)
    if (pthread_mutex_init(&locks[i], NULL))
      return -1;
  return 0;
}

int lib_setup(int n) {
  if (!locks) {
    locks = calloc((size_t)n, sizeof *locks);
    if (!locks)
      return -1;
    if (init_locks(n) < 0) {
      free(locks);
      return -1;
    }
  }
  users++;
  return 0;
}

void lib_lock(int i) { pthread_mutex_lock(&locks[i]); }
void lib_unlock(int i) { pthread_mutex_unlock(&locks[i]); }
int lib_users(void) { return users; }
