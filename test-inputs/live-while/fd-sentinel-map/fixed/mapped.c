// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <retsan/annotations.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct mapped_file {
  int fd;
  unsigned char *base RETSAN_LIVE_WHILE(fd >= 0);
  size_t size;
};

struct mapped_file *mf_new(void) {
  struct mapped_file *m = calloc(1, sizeof *m);
  if (m)
    m->fd = -1;
  return m;
}

int mf_attach(struct mapped_file *m, const char *path) {
  struct stat st;
  if (m->fd >= 0 || m->base)
    return -1;
  int fd = open(path, O_RDONLY);
  if (fd < 0)
    return -1;
  if (fstat(fd, &st) != 0) {
    close(fd);
    return -1;
  }
  void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (p == MAP_FAILED) {
    close(fd);
    return -1;
  }
  m->fd = fd;
  m->base = p;
  m->size = (size_t)st.st_size;
  return 0;
}

int mf_byte(const struct mapped_file *m, size_t i) {
  if (!m->base || i >= m->size)
    return -1;
  return m->base[i];
}

void mf_detach(struct mapped_file *m) {
  if (m->fd < 0)
    return;
  munmap(m->base, m->size);
  m->base = NULL;
  m->size = 0;
  close(m->fd);
  m->fd = -1;
}

void mf_free(struct mapped_file *m) {
  if (m->base)
    munmap(m->base, m->size);
  if (m->fd >= 0)
    close(m->fd);
  free(m);
}
