// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A sorted table that can be scanned in batches.
#include <stdlib.h>
#include <string.h>

struct table {
  char **keys;
  size_t n, cap;
  int scanning;
  char *bookmark;
};

struct table *table_new(void) { return calloc(1, sizeof(struct table)); }

int table_add(struct table *t, const char *key) {
  if (t->n == t->cap) {
    size_t cap = t->cap ? t->cap * 2 : 16;
    char **keys = realloc(t->keys, cap * sizeof *keys);
    if (!keys)
      return -1;
    t->keys = keys;
    t->cap = cap;
  }
  size_t i = t->n;
  while (i > 0 && strcmp(t->keys[i - 1], key) > 0) {
    t->keys[i] = t->keys[i - 1];
    i--;
  }
  t->keys[i] = strdup(key);
  t->n++;
  return 0;
}

int table_scan_begin(struct table *t, const char *from) {
  if (t->scanning)
    return -1;
  char *copy = strdup(from);
  if (!copy)
    return -1;
  t->bookmark = copy;
  t->scanning = 1;
  return 0;
}

size_t table_scan_next(struct table *t, const char **out, size_t max) {
  size_t got = 0;
  if (!t->scanning)
    return 0;
  for (size_t i = 0; i < t->n && got < max; i++)
    if (strcmp(t->keys[i], t->bookmark) > 0)
      out[got++] = t->keys[i];
  if (got) {
    char *copy = strdup(out[got - 1]);
    if (copy) {
      free(t->bookmark);
      t->bookmark = copy;
    }
  }
  return got;
}

void table_scan_end(struct table *t) {
  free(t->bookmark);
  t->bookmark = NULL;
  t->scanning = 0;
}

size_t table_count(const struct table *t) { return t->n; }

void table_free(struct table *t) {
  for (size_t i = 0; i < t->n; i++)
    free(t->keys[i]);
  free(t->keys);
  free(t->bookmark);
  free(t);
}
