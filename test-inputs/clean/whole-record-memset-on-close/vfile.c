// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vfile.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct vfile files[8];

struct vfile *vfile_slot(int i) { return i >= 0 && i < 8 && files[i].fd > 0 ? &files[i] : 0; }

int vfile_open(int slot, const char *path) {
  if (slot < 0 || slot >= 8 || files[slot].fd > 0)
    return -1;
  struct vfile *f = &files[slot];
  f->fd = open(path, O_RDWR | O_CREAT, 0600);
  if (f->fd <= 0 || lock_setup(f, path) < 0) {
    if (f->fd > 0)
      close(f->fd);
    memset(f, 0, sizeof *f);
    return -1;
  }
  return 0;
}

int vfile_close(int slot) {
  struct vfile *f = vfile_slot(slot);
  if (!f)
    return -1;
  lock_teardown(f);
  close(f->fd);
  memset(f, 0, sizeof *f);
  return 0;
}
