// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct response {
  int status;
  size_t len;
  char body[512];
};

struct fetch {
  int fd;
  int tries;
  struct response *response;
};

struct fetch *fetch_new(int fd, int tries) {
  struct fetch *f = calloc(1, sizeof *f);
  if (!f)
    return NULL;
  f->fd = fd;
  f->tries = tries;
  return f;
}

static int exchange(int fd, struct response *r) {
  ssize_t n = read(fd, r->body, sizeof r->body - 1);
  if (n <= 0)
    return -1;
  r->len = (size_t)n;
  r->body[n] = '\0';
  return sscanf(r->body, "%d", &r->status) == 1 ? 0 : -1;
}

int fetch_run(struct fetch *f) {
  free(f->response);
  f->response = NULL;
  for (int i = 0; i < f->tries; i++) {
    f->response = calloc(1, sizeof *f->response);
    if (!f->response)
      return -1;
    if (exchange(f->fd, f->response) == 0 && f->response->status < 500)
      return f->response->status;
    free(f->response);
    f->response = NULL;
  }
  return -1;
}

const char *fetch_body(const struct fetch *f) { return f->response ? f->response->body : NULL; }

void fetch_free(struct fetch *f) {
  free(f->response);
  free(f);
}
