struct handle {
  struct handle *next_in_bucket;
  void *before, *after;
};
struct entry {
  char *key;
  int busy;
  struct handle h;
};
struct cache {
  struct entry *head;
  int limit;
};
struct cache *cache_new(int limit);
int cache_add(struct cache *c, const char *key);
struct entry *cache_find(struct cache *c, const char *key);
void cache_delete(struct cache *c, struct entry *e);
void cache_expire(struct cache *c);
void cache_free(struct cache *c);
