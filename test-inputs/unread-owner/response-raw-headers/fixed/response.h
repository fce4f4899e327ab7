// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RESPONSE_H
#define RESPONSE_H
#include <stddef.h>
struct response {
  int status;
  char *raw_headers;
  char *content_type;
  size_t content_length;
};
struct response *response_parse(const char *text, size_t n);
const char *response_type(const struct response *r);
void response_free(struct response *r);
#endif
