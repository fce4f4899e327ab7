// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vfile.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int lock_setup(struct vfile *f, const char *path) {
  size_t n = strlen(path) + 6;
  f->lock_name = malloc(n);
  if (!f->lock_name)
    return -1;
  snprintf(f->lock_name, n, "%s.lock", path);
  return 0;
}

int lock_take(struct vfile *f) {
  if (f->locked)
    return 0;
  if (mkdir(f->lock_name, 0700) != 0)
    return -1;
  f->locked = 1;
  return 0;
}

void lock_teardown(struct vfile *f) {
  if (f->locked)
    rmdir(f->lock_name);
  free(f->lock_name);
}
