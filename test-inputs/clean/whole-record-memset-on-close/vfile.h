// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VFILE_H
#define VFILE_H
struct vfile {
  int fd;
  int locked;
  char *lock_name;
};
struct vfile *vfile_slot(int i);
int vfile_open(int slot, const char *path);
int vfile_close(int slot);
int lock_setup(struct vfile *f, const char *path);
int lock_take(struct vfile *f);
void lock_teardown(struct vfile *f);
#endif
