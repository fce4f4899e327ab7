// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Joins dir and name into a buffer that is valid until the next call. */
const char *format_path(const char *dir, const char *name) {
  static char *buf;
  static size_t cap;
  size_t need = strlen(dir) + strlen(name) + 2;

  if (!buf) {
    cap = 4096;
    buf = malloc(cap);
    if (!buf)
      return NULL;
  }
  if (need > cap) {
    fprintf(stderr, "path of %zu bytes is too long\n", need);
    free(buf);
    return NULL;
  }
  snprintf(buf, cap, "%s/%s", dir, name);
  return buf;
}

int path_exists(const char *dir, const char *name) {
  const char *p = format_path(dir, name);
  if (!p)
    return 0;
  FILE *f = fopen(p, "r");
  if (!f)
    return 0;
  fclose(f);
  return 1;
}

int count_existing(const char *dir, const char *const *names, int n) {
  int found = 0;
  for (int i = 0; i < n; i++)
    found += path_exists(dir, names[i]);
  return found;
}
