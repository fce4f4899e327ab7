// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "request.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int request_handle(struct request *r) {
  if (r->state != REQ_HANDLE)
    return -1;
  if (strncmp(r->path, "/echo", 5) != 0)
    return request_reply(r, 404);
  puts(r->body);
  return request_reply(r, 200);
}

int request_reply(struct request *r, int status) {
  if (r->state == REQ_REPLIED || r->state == REQ_IDLE)
    return -1;
  free(r->body);
  r->body = NULL;
  r->status = status;
  r->served++;
  r->state = REQ_REPLIED;
  printf("%s %d\n", r->path, status);
  return 0;
}
