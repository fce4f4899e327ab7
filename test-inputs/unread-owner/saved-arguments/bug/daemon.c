// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "daemon.h"
#include <stdlib.h>
#include <string.h>

static char **copy_strings(char **list, int n) {
  char **copy = calloc((size_t)n + 1, sizeof *copy);
  for (int i = 0; copy && i < n; i++)
    copy[i] = strdup(list[i]);
  return copy;
}

static void free_strings(char **list) {
  for (char **p = list; p && *p; p++)
    free(*p);
  free(list);
}

struct daemon *daemon_init(int argc, char **argv, char **env) {
  int n = 0;
  struct daemon *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  while (env[n])
    n++;
  d->saved_argv = copy_strings(argv, argc);
  d->saved_env = copy_strings(env, n);
  return d;
}

int daemon_restarts(const struct daemon *d) { return d->restarts; }

void daemon_free(struct daemon *d) {
  free_strings(d->saved_argv);
  free_strings(d->saved_env);
  free(d);
}
