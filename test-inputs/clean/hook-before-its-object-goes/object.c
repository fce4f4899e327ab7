#include <stdlib.h>
#include <string.h>

struct object;

struct ops {
  const char *name;
  void (*free_data)(struct object *o);
};

struct object {
  const struct ops *ops;
  int refs;
};

struct request {
  struct object head;
  char *address;
  int table;
};

#define KIND(kind)                                                             \
  static void kind##_free_data(struct object *o) {                             \
    struct request *r = (struct request *)o;                                   \
    free(r->address);                                                          \
  }                                                                            \
  static const struct ops kind##_ops = {#kind, kind##_free_data};              \
  struct request *kind##_new(void) { return request_new(&kind##_ops); }

static struct request *request_new(const struct ops *ops) {
  struct request *r = calloc(1, sizeof *r);
  if (r) {
    r->head.ops = ops;
    r->head.refs = 1;
  }
  return r;
}

KIND(address) KIND(link) KIND(neighbour) KIND(route) KIND(rule) KIND(class)
KIND(filter) KIND(queue) KIND(action) KIND(family) KIND(group) KIND(log)
KIND(expectation) KIND(connection)

void object_free(struct object *o) {
  const struct ops *ops = o->ops;
  if (ops->free_data)
    ops->free_data(o);
  free(o);
}

int request_set_address(struct request *r, const char *address) {
  char *copy = strdup(address);
  if (!copy)
    return -1;
  free(r->address);
  r->address = copy;
  r->table++;
  return 0;
}

int request_same(const struct request *r, const char *address) {
  return r->address && strcmp(r->address, address) == 0;
}
