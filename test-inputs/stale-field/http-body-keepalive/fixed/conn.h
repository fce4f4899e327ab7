// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef CONN_H
#define CONN_H
#include <stddef.h>
enum hstate { HS_IDLE, HS_BODY, HS_HANDLING };
struct http_conn {
  int fd;
  enum hstate state;
  unsigned long served;
  char *body;
  size_t body_len, body_got;
};
struct http_conn *conn_open(int fd);
int conn_begin_request(struct http_conn *c, size_t content_length);
int conn_read_body(struct http_conn *c);
int conn_finish(struct http_conn *c);
unsigned long conn_served(const struct http_conn *c);
void conn_close(struct http_conn *c);
size_t handle_body(const char *body, size_t len);
#endif
