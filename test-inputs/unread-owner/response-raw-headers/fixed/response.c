// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "response.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static char *value_of(const char *line) {
  const char *p = strchr(line, ':');
  if (!p)
    return NULL;
  p++;
  while (*p == ' ')
    p++;
  return strndup(p, strcspn(p, "\r\n"));
}

struct response *response_parse(const char *text, size_t n) {
  struct response *r = calloc(1, sizeof *r);
  const char *p;
  if (!r)
    return NULL;
  if (sscanf(text, "HTTP/1.1 %d", &r->status) != 1) {
    response_free(r);
    return NULL;
  }
  for (p = text; p && *p; p = strchr(p, '\n')) {
    if (*p == '\n')
      p++;
    if (strncasecmp(p, "content-type:", 13) == 0) {
      free(r->content_type);
      r->content_type = value_of(p);
    } else if (strncasecmp(p, "content-length:", 15) == 0) {
      r->content_length = strtoul(p + 15, NULL, 10);
    }
  }
  return r;
}

void response_free(struct response *r) {
  if (!r)
    return;
  free(r->content_type);
  free(r);
}
