#ifndef CACHE_H
#define CACHE_H

struct cache {
  char *block;
  int filled;
  long hits;
};

int cache_fill(struct cache *c, const char *text);
int cache_first(struct cache *c);
void cache_drop(struct cache *c);

#endif
