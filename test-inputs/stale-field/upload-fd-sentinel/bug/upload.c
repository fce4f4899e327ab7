// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct upload {
  int fd;
  char *tmp_name;
  unsigned long bytes, completed, aborted;
};

struct upload *upload_new(void) {
  struct upload *u = calloc(1, sizeof *u);
  if (u)
    u->fd = -1;
  return u;
}

int upload_begin(struct upload *u, const char *dir) {
  char name[256];
  if (u->fd >= 0)
    return -1;
  snprintf(name, sizeof name, "%s/.part-%lu", dir, u->completed);
  char *copy = strdup(name);
  if (!copy)
    return -1;
  int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0600);
  if (fd < 0) {
    free(copy);
    return -1;
  }
  free(u->tmp_name);
  u->tmp_name = copy;
  u->fd = fd;
  u->bytes = 0;
  return 0;
}

int upload_write(struct upload *u, const void *data, size_t n) {
  if (u->fd < 0)
    return -1;
  if (write(u->fd, data, n) != (ssize_t)n)
    return -1;
  u->bytes += n;
  return 0;
}

static void done_with_file(struct upload *u) {
  close(u->fd);
  u->fd = -1;
}

int upload_commit(struct upload *u, const char *final_name) {
  if (u->fd < 0)
    return -1;
  int rc = rename(u->tmp_name, final_name);
  if (rc == 0)
    u->completed++;
  done_with_file(u);
  return rc;
}

void upload_abort(struct upload *u) {
  if (u->fd < 0)
    return;
  unlink(u->tmp_name);
  u->aborted++;
  done_with_file(u);
}

unsigned long upload_completed(const struct upload *u) { return u->completed; }

void upload_free(struct upload *u) {
  upload_abort(u);
  free(u->tmp_name);
  free(u);
}
