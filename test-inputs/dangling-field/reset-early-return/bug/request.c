// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct request {
  char *path;
  char *query;
  char pipelined[512];
  size_t npipelined;
  unsigned long served;
};

struct request *request_new(void) { return calloc(1, sizeof(struct request)); }

int request_parse(struct request *r, const char *line) {
  const char *mark = strchr(line, '?');
  size_t n = mark ? (size_t)(mark - line) : strlen(line);
  char *path = strndup(line, n);
  if (!path)
    return -1;
  free(r->path);
  r->path = path;
  if (mark) {
    char *query = strdup(mark + 1);
    if (!query)
      return -1;
    free(r->query);
    r->query = query;
  }
  return 0;
}

int request_queue(struct request *r, const char *data, size_t n) {
  if (n > sizeof r->pipelined - r->npipelined)
    return -1;
  memcpy(r->pipelined + r->npipelined, data, n);
  r->npipelined += n;
  return 0;
}

/* Returns 1 if there is a pipelined request to parse next. */
int request_reset(struct request *r) {
  r->served++;
  free(r->path);
  r->path = NULL;
  free(r->query);
  if (r->npipelined > 0) {
    r->npipelined = 0;
    return 1;
  }
  r->query = NULL;
  return 0;
}

const char *request_query(const struct request *r) { return r->query ? r->query : ""; }
const char *request_path(const struct request *r) { return r->path ? r->path : "/"; }

void request_free(struct request *r) {
  if (!r)
    return;
  free(r->path);
  free(r->query);
  free(r);
}
