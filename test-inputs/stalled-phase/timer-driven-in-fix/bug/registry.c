// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct name {
  struct name *next;
  char text[40];
};

struct registry {
  struct name **heads;
  struct name **older;
  unsigned n, older_n, at, count;
  unsigned ticks;
  pthread_mutex_t mu;
};

static struct registry reg = {.mu = PTHREAD_MUTEX_INITIALIZER};

static unsigned hash(const char *s) {
  unsigned h = 0;
  while (*s)
    h = h * 65599 + (unsigned char)*s++;
  return h;
}

static void carry(unsigned k) {
  while (k-- > 0 && reg.at < reg.older_n) {
    struct name *e = reg.older[reg.at], *next;
    for (; e; e = next) {
      next = e->next;
      struct name **to = &reg.heads[hash(e->text) % reg.n];
      e->next = *to;
      *to = e;
    }
    reg.older[reg.at++] = NULL;
  }
  if (reg.at == reg.older_n) {
    free(reg.older);
    reg.older = NULL;
  }
}

int reg_init(void) {
  reg.n = 8;
  reg.heads = calloc(reg.n, sizeof *reg.heads);
  return reg.heads ? 0 : -1;
}

int reg_add(const char *text) {
  struct name *e = calloc(1, sizeof *e);
  if (!e || strlen(text) >= sizeof e->text) {
    free(e);
    return -1;
  }
  strcpy(e->text, text);
  pthread_mutex_lock(&reg.mu);
  if (reg.older) {
    carry(1);
  } else if (reg.count > reg.n) {
    struct name **fresh = calloc(reg.n * 2, sizeof *fresh);
    if (fresh) {
      reg.older = reg.heads;
      reg.older_n = reg.n;
      reg.heads = fresh;
      reg.n *= 2;
      reg.at = 0;
    }
  }
  e->next = reg.heads[hash(text) % reg.n];
  reg.heads[hash(text) % reg.n] = e;
  reg.count++;
  pthread_mutex_unlock(&reg.mu);
  return 0;
}

int reg_has(const char *text) {
  int found = 0;
  pthread_mutex_lock(&reg.mu);
  for (struct name *e = reg.heads[hash(text) % reg.n]; e && !found; e = e->next)
    found = strcmp(e->text, text) == 0;
  if (!found && reg.older)
    for (struct name *e = reg.older[hash(text) % reg.older_n]; e && !found; e = e->next)
      found = strcmp(e->text, text) == 0;
  pthread_mutex_unlock(&reg.mu);
  return found;
}

static void *housekeeping(void *arg) {
  for (;;) {
    sleep(1);
    pthread_mutex_lock(&reg.mu);
    reg.ticks++;
    pthread_mutex_unlock(&reg.mu);
  }
  return arg;
}

int reg_start_housekeeping(void) {
  pthread_t t;
  return pthread_create(&t, NULL, housekeeping, NULL);
}
