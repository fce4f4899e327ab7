// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "response.h"
#include <stdio.h>

const char *response_type(const struct response *r) {
  return r->content_type ? r->content_type : "application/octet-stream";
}

void response_show(const struct response *r) {
  printf("%d %s %zu\n", r->status, response_type(r), r->content_length);
}
