// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct link {
  unsigned mask;
  char *kind;
  char *name;
};

enum { HAS_KIND = 1, HAS_NAME = 2 };

struct link *link_alloc(void) { return calloc(1, sizeof(struct link)); }

int link_set_kind(struct link *l, const char *kind) {
  char *copy;
  free(l->kind);
  l->mask &= ~HAS_KIND;
  if (!kind)
    return 0;
  copy = strdup(kind);
  if (!copy)
    return -ENOMEM;
  l->kind = copy;
  l->mask |= HAS_KIND;
  return 0;
}

int link_set_name(struct link *l, const char *name) {
  char *copy = strdup(name);
  if (!copy)
    return -ENOMEM;
  free(l->name);
  l->name = copy;
  l->mask |= HAS_NAME;
  return 0;
}

const char *link_kind(const struct link *l) { return l->mask & HAS_KIND ? l->kind : NULL; }

void link_free(struct link *l) {
  free(l->kind);
  free(l->name);
  free(l);
}
