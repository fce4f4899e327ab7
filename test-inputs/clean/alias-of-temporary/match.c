// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct user {
  char *cmnd;
  char *base;
};

int user_set(struct user *u, const char *path) {
  char *copy = strdup(path);
  if (!copy)
    return -1;
  free(u->cmnd);
  u->cmnd = copy;
  u->base = strrchr(copy, '/');
  return 0;
}

int user_match(struct user *u, const char *path) {
  char *saved = NULL;
  int r;
  if (path[0] == '/') {
    char *other = strdup(path);
    if (!other)
      return -1;
    saved = u->cmnd;
    u->cmnd = other;
  }
  r = u->cmnd ? strcmp(u->cmnd, path) : -1;
  if (saved) {
    free(u->cmnd);
    u->cmnd = saved;
  }
  return r;
}

int user_base(struct user *u) { return u->base ? u->base[0] : 0; }
