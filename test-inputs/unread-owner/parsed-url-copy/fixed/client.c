// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_client {
  char *host;
  char *path;
  int requests;
};

struct http_client *http_client_new(const char *url) {
  if (strncmp(url, "http://", 7) != 0)
    return NULL;
  struct http_client *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  const char *host = url + 7;
  size_t n = strcspn(host, "/");
  c->host = strndup(host, n);
  c->path = strdup(host[n] ? host + n : "/");
  if (!c->host || !c->path) {
    free(c->host);
    free(c->path);
    free(c);
    return NULL;
  }
  return c;
}

int http_client_request(struct http_client *c, char *out, size_t room) {
  c->requests++;
  return snprintf(out, room, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", c->path, c->host);
}

int http_client_redirect(struct http_client *c, const char *path) {
  char *copy = strdup(path);
  if (!copy)
    return -1;
  free(c->path);
  c->path = copy;
  return 0;
}

int http_client_requests(const struct http_client *c) { return c->requests; }

void http_client_free(struct http_client *c) {
  free(c->host);
  free(c->path);
  free(c);
}
