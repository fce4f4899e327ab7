// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct member {
  struct member *next;
  char name[32];
  long at;
};

struct archive {
  struct member *members;
  long *index;
  unsigned n;
};

struct archive *archive_new(unsigned max) {
  struct archive *a = calloc(1, sizeof *a);
  if (!a)
    return NULL;
  a->index = calloc(max, sizeof *a->index);
  if (!a->index) {
    free(a);
    return NULL;
  }
  return a;
}

int archive_add(struct archive *a, const char *name, long at) {
  struct member *m = calloc(1, sizeof *m);
  if (!m)
    return -1;
  strncpy(m->name, name, sizeof m->name - 1);
  m->at = at;
  m->next = a->members;
  a->members = m;
  a->index[a->n] = at;
  a->n++;
  return 0;
}

long archive_find(const struct archive *a, const char *name) {
  for (struct member *m = a->members; m; m = m->next)
    if (!strcmp(m->name, name))
      return m->at;
  return -1;
}

long archive_nth(const struct archive *a, unsigned i) { return i < a->n ? a->index[i] : -1; }

void archive_free(struct archive *a) {
  while (a->members) {
    struct member *m = a->members;
    a->members = m->next;
    free(m);
  }
  free(a->index);
  free(a);
}
