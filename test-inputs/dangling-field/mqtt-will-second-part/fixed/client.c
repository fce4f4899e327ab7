// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "client.h"
#include <stdlib.h>
#include <string.h>

struct client *client_new(const char *id) {
  struct client *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->id = strdup(id);
  if (!c->id) {
    free(c);
    return NULL;
  }
  return c;
}

void client_clear_will(struct client *c) {
  free(c->will_topic);
  c->will_topic = NULL;
  free(c->will_payload);
  c->will_payload = NULL;
  c->will_len = 0;
}

int client_has_will(const struct client *c) { return c->will_topic != NULL; }

size_t client_connect_size(const struct client *c) {
  size_t n = 12 + strlen(c->id);
  if (c->will_topic)
    n += 4 + strlen(c->will_topic) + c->will_len;
  if (c->will_payload)
    n += (size_t)((char *)c->will_payload)[0] & 1;
  return n;
}

void client_free(struct client *c) {
  client_clear_will(c);
  free(c->id);
  free(c);
}
