// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **snapshot;
static size_t count, position;
static int listing;

static void drop(void) {
  for (size_t i = 0; i < count; i++)
    free(snapshot[i]);
  free(snapshot);
  snapshot = NULL;
  count = 0;
}

int list_begin(const char *path) {
  DIR *d;
  struct dirent *e;
  size_t cap = 0;
  if (listing)
    return -1;
  drop();
  d = opendir(path);
  if (!d)
    return -1;
  while ((e = readdir(d))) {
    if (count == cap) {
      char **more;
      cap = cap ? cap * 2 : 16;
      more = realloc(snapshot, cap * sizeof *more);
      if (!more)
        break;
      snapshot = more;
    }
    snapshot[count] = strdup(e->d_name);
    if (!snapshot[count])
      break;
    count++;
  }
  closedir(d);
  position = 0;
  listing = 1;
  return (int)count;
}

int list_next(char *out, size_t n) {
  if (!listing)
    return 0;
  if (position == count) {
    drop();
    listing = 0;
    return 0;
  }
  snprintf(out, n, "%s", snapshot[position++]);
  return 1;
}

void list_cancel(void) {
  if (!listing)
    return;
  drop();
  listing = 0;
}
