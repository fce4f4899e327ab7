// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPOOL_SIZE 65536

struct spool {
  int fd;
  char *buf;
  size_t used;
  unsigned long total;
  int error;
};

struct spool *spool_new(void) {
  struct spool *s = calloc(1, sizeof *s);
  if (s)
    s->fd = -1;
  return s;
}

int spool_open(struct spool *s, const char *path) {
  int fd;
  if (s->fd != -1)
    return -1;
  fd = open(path, O_WRONLY | O_CREAT, 0600);
  if (fd < 0) {
    s->error = errno;
    return -1;
  }
  free(s->buf);
  s->buf = malloc(SPOOL_SIZE);
  if (!s->buf) {
    close(fd);
    return -1;
  }
  s->used = 0;
  s->fd = fd;
  return 0;
}

static int flush(struct spool *s) {
  ssize_t n = write(s->fd, s->buf, s->used);
  if (n < 0) {
    s->error = errno;
    return -1;
  }
  s->total += (unsigned long)n;
  s->used = 0;
  return 0;
}

int spool_write(struct spool *s, const void *p, size_t n) {
  if (s->fd == -1 || n > SPOOL_SIZE)
    return -1;
  if (s->used + n > SPOOL_SIZE && flush(s) < 0)
    return -1;
  memcpy(s->buf + s->used, p, n);
  s->used += n;
  return 0;
}

int spool_close(struct spool *s) {
  int rc;
  if (s->fd == -1)
    return -1;
  rc = flush(s);
  close(s->fd);
  s->fd = -1;
  free(s->buf);
  s->buf = NULL;
  return rc;
}

void spool_free(struct spool *s) {
  if (s->fd != -1)
    spool_close(s);
  free(s->buf);
  free(s);
}
