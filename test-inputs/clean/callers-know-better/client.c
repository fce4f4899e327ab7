#include "client.h"

int client_load(struct cache *c, const char *text) {
  if (c->filled)
    return 0;
  return cache_fill(c, text);
}

int client_peek(struct cache *c) {
  if (!c->filled)
    return -1;
  return cache_first(c);
}

void client_reset(struct cache *c) {
  if (c->filled)
    cache_drop(c);
}
