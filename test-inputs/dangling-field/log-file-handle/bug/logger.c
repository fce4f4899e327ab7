// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct logger {
  FILE *fp;
  char path[256];
  long size, limit;
  unsigned rotations;
};

struct logger *logger_open(const char *path, long limit) {
  struct logger *l = calloc(1, sizeof *l);
  if (!l)
    return NULL;
  snprintf(l->path, sizeof l->path, "%s", path);
  l->limit = limit;
  l->fp = fopen(path, "a");
  if (!l->fp) {
    free(l);
    return NULL;
  }
  return l;
}

int logger_rotate(struct logger *l) {
  char older[300];
  if (l->fp) {
    fclose(l->fp);
  }
  snprintf(older, sizeof older, "%s.1", l->path);
  if (rename(l->path, older) != 0)
    return -1;
  l->fp = fopen(l->path, "a");
  l->size = 0;
  l->rotations++;
  return l->fp ? 0 : -1;
}

int log_line(struct logger *l, const char *fmt, ...) {
  va_list ap;
  if (!l->fp)
    return -1;
  va_start(ap, fmt);
  int n = vfprintf(l->fp, fmt, ap);
  va_end(ap);
  if (n > 0)
    l->size += n;
  return n;
}

int logger_full(const struct logger *l) { return l->size >= l->limit; }

void logger_close(struct logger *l) {
  if (l->fp)
    fclose(l->fp);
  free(l);
}
