// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

enum conn_state { CONN_IDLE, CONN_HEADER, CONN_UPLOAD };

struct conn {
  enum conn_state state;
  size_t left;
  char *upload;
};

struct conn *conn_open(void) { return calloc(1, sizeof(struct conn)); }

void conn_drop(struct conn *c) {
  free(c->upload);
  free(c);
}

static void set_state(struct conn *c, enum conn_state to) {
  if (c->state != to)
    c->state = to;
}

void conn_begin(struct conn *c) {
  if (c->state == CONN_IDLE)
    set_state(c, CONN_HEADER);
}

int conn_header(struct conn *c, size_t length) {
  if (c->state != CONN_HEADER)
    return -1;
  free(c->upload);
  c->upload = malloc(length);
  if (!c->upload)
    return -1;
  c->left = length;
  set_state(c, CONN_UPLOAD);
  return 0;
}

int conn_data(struct conn *c, const char *from, size_t n) {
  if (c->state != CONN_UPLOAD || n > c->left)
    return -1;
  memcpy(c->upload, from, n);
  c->left -= n;
  if (c->left == 0) {
    free(c->upload);
    c->upload = NULL;
    set_state(c, CONN_IDLE);
  }
  return 0;
}

char conn_peek(struct conn *c) {
  return c->state == CONN_UPLOAD ? c->upload[0] : 0;
}
