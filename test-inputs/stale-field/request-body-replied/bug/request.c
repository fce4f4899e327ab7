// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "request.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request *request_new(void) { return calloc(1, sizeof(struct request)); }

int request_begin(struct request *r, const char *path, size_t want) {
  if (r->state != REQ_IDLE && r->state != REQ_REPLIED)
    return -1;
  snprintf(r->path, sizeof r->path, "%s", path);
  free(r->body);
  r->body = malloc(want + 1);
  if (!r->body) {
    r->state = REQ_IDLE;
    return -1;
  }
  r->len = 0;
  r->want = want;
  r->state = REQ_BODY;
  return 0;
}

int request_feed(struct request *r, const char *data, size_t n) {
  if (r->state != REQ_BODY)
    return -1;
  if (n > r->want - r->len)
    n = r->want - r->len;
  memcpy(r->body + r->len, data, n);
  r->len += n;
  if (r->len == r->want) {
    r->body[r->len] = 0;
    r->state = REQ_HANDLE;
  }
  return (int)n;
}

void request_free(struct request *r) {
  free(r->body);
  free(r);
}
