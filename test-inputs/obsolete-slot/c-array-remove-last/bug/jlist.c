// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct jvalue {
  int refs;
  char text[120];
};

struct json_list {
  struct jvalue **table;
  size_t entries, size;
};

static struct jvalue *incref(struct jvalue *v) {
  if (v)
    v->refs++;
  return v;
}

static void decref(struct jvalue *v) {
  if (v && --v->refs == 0)
    free(v);
}

static void put(struct jvalue **slot, struct jvalue *v) {
  incref(v);
  decref(*slot);
  *slot = v;
}

struct jvalue *jvalue_new(const char *text) {
  struct jvalue *v = calloc(1, sizeof *v);
  if (!v)
    return NULL;
  v->refs = 1;
  strncpy(v->text, text, sizeof v->text - 1);
  return v;
}

void jvalue_drop(struct jvalue *v) { decref(v); }

struct json_list *jlist_new(size_t size) {
  struct json_list *l = calloc(1, sizeof *l);
  if (!l)
    return NULL;
  l->table = calloc(size ? size : 1, sizeof *l->table);
  if (!l->table) {
    free(l);
    return NULL;
  }
  l->size = size ? size : 1;
  return l;
}

int jlist_append(struct json_list *l, struct jvalue *v) {
  if (l->entries == l->size)
    return -1;
  put(&l->table[l->entries++], v);
  return 0;
}

struct jvalue *jlist_get(const struct json_list *l, size_t i) {
  return i < l->entries ? l->table[i] : NULL;
}

int jlist_remove(struct json_list *l, size_t i) {
  if (i >= l->entries)
    return -1;
  for (; i + 1 < l->entries; i++)
    put(&l->table[i], l->table[i + 1]);
  l->entries--;
  return 0;
}

void jlist_free(struct json_list *l) {
  for (size_t i = 0; i < l->size; i++)
    decref(l->table[i]);
  free(l->table);
  free(l);
}
