// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef REQUEST_H
#define REQUEST_H
#include <stddef.h>
enum req_state { REQ_IDLE, REQ_BODY, REQ_HANDLE, REQ_REPLIED };
struct request {
  enum req_state state;
  char path[128];
  char *body;
  size_t len, want;
  int status;
  unsigned served;
};
struct request *request_new(void);
int request_begin(struct request *r, const char *path, size_t want);
int request_feed(struct request *r, const char *data, size_t n);
int request_handle(struct request *r);
int request_reply(struct request *r, int status);
void request_free(struct request *r);
#endif
