// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rotlog {
  char *path;
  FILE *fp;
  long limit, written;
  unsigned generation;
};

struct rotlog *rotlog_open(const char *path, long limit) {
  struct rotlog *l = calloc(1, sizeof *l);
  if (!l)
    return NULL;
  l->path = strdup(path);
  l->limit = limit;
  if (l->path)
    l->fp = fopen(path, "a");
  if (!l->fp) {
    free(l->path);
    free(l);
    return NULL;
  }
  return l;
}

static int rotlog_rotate(struct rotlog *l) {
  char old[512];
  snprintf(old, sizeof old, "%s.%u", l->path, l->generation + 1);
  fclose(l->fp);
  l->fp = NULL;
  if (rename(l->path, old) != 0)
    return -1;
  l->generation++;
  l->written = 0;
  l->fp = fopen(l->path, "a");
  return l->fp ? 0 : -1;
}

int rotlog_line(struct rotlog *l, const char *fmt, ...) {
  va_list ap;
  int n;
  if (l->written > l->limit && rotlog_rotate(l) < 0)
    return -1;
  if (!l->fp)
    return -1;
  va_start(ap, fmt);
  n = vfprintf(l->fp, fmt, ap);
  va_end(ap);
  if (n > 0)
    l->written += n;
  return n;
}

void rotlog_close(struct rotlog *l) {
  if (!l)
    return;
  if (l->fp)
    fclose(l->fp);
  free(l->path);
  free(l);
}
