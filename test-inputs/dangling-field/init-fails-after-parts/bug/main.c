// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>

struct aio {
  int busy;
  char buf[64];
};

struct pipe {
  struct aio *send_aio;
  struct aio *recv_aio;
  int id;
};

static void pipe_fini(struct pipe *p) {
  free(p->send_aio);
  free(p->recv_aio);
}

static int pipe_init(struct pipe *p, int id) {
  p->id = id;
  p->send_aio = calloc(1, sizeof *p->send_aio);
  p->recv_aio = calloc(1, sizeof *p->recv_aio);
  if (!p->send_aio || !p->recv_aio) {
    pipe_fini(p);
    return -1;
  }
  return 0;
}

int pipe_send(struct pipe *p) {
  if (p->send_aio->busy)
    return -1;
  p->send_aio->busy = 1;
  return 0;
}

void pipe_destroy(struct pipe *p) {
  pipe_fini(p);
  free(p);
}

struct pipe *pipe_create(int id) {
  struct pipe *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  if (pipe_init(p, id) < 0) {
    pipe_destroy(p);
    return NULL;
  }
  return p;
}
