// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "conn.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct http_conn *conn_open(int fd) {
  struct http_conn *c = calloc(1, sizeof *c);
  if (c)
    c->fd = fd;
  return c;
}

int conn_begin_request(struct http_conn *c, size_t content_length) {
  if (c->state != HS_IDLE)
    return -1;
  free(c->body);
  c->body = malloc(content_length + 1);
  if (!c->body)
    return -1;
  c->body_len = content_length;
  c->body_got = 0;
  c->state = HS_BODY;
  return 0;
}

int conn_read_body(struct http_conn *c) {
  if (c->state != HS_BODY)
    return -1;
  ssize_t n = read(c->fd, c->body + c->body_got, c->body_len - c->body_got);
  if (n < 0)
    return -1;
  c->body_got += (size_t)n;
  if (c->body_got == c->body_len)
    c->state = HS_HANDLING;
  return 0;
}

int conn_finish(struct http_conn *c) {
  char head[64];
  if (c->state != HS_HANDLING)
    return -1;
  size_t sum = handle_body(c->body, c->body_got);
  int n = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nX-Sum: %zu\r\n\r\n", sum);
  if (write(c->fd, head, (size_t)n) != n)
    return -1;
  c->served++;
  c->state = HS_IDLE;
  return 0;
}

unsigned long conn_served(const struct http_conn *c) { return c->served; }

void conn_close(struct http_conn *c) {
  close(c->fd);
  free(c->body);
  free(c);
}
