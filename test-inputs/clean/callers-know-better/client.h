#ifndef CLIENT_H
#define CLIENT_H

#include "cache.h"

int client_load(struct cache *c, const char *text);
int client_peek(struct cache *c);
void client_reset(struct cache *c);

#endif
