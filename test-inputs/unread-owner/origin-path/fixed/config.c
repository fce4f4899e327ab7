// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "config.h"
#include <stdlib.h>
#include <string.h>

struct config *config_load(const char *path) {
  struct config *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->origin = realpath(path, NULL);
  c->port = 80;
  return c;
}

void config_free(struct config *c) {
  free(c->origin);
  free(c->host);
  free(c);
}

int config_set_host(struct config *c, const char *host) {
  char *copy = strdup(host);
  if (!copy)
    return -1;
  free(c->host);
  c->host = copy;
  return 0;
}
