// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct tags {
  char **entry;
  unsigned count;
};

struct tags *tags_new(void) { return calloc(1, sizeof(struct tags)); }

int tags_add(struct tags *t, const char *text) {
  char **more = realloc(t->entry, (t->count + 1) * sizeof *more);
  if (!more)
    return -1;
  t->entry = more;
  t->entry[t->count] = strdup(text);
  if (!t->entry[t->count])
    return -1;
  t->count++;
  return 0;
}

int tags_clear(struct tags *t) {
  char **none;
  for (unsigned i = 0; i < t->count; i++)
    free(t->entry[i]);
  free(t->entry);
  none = malloc(sizeof *none);
  if (!none)
    return -1;
  t->entry = none;
  t->count = 0;
  return 0;
}

const char *tags_get(const struct tags *t, unsigned i) { return i < t->count ? t->entry[i] : NULL; }

void tags_free(struct tags *t) {
  for (unsigned i = 0; i < t->count; i++)
    free(t->entry[i]);
  free(t->entry);
  free(t);
}
