// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>

struct kv {
  struct kv *next;
  unsigned key;
  long value;
};

struct kvmap {
  struct kv **tab;
  struct kv **old;
  size_t size, old_size, moved, count;
};

struct kvmap *kv_new(void) {
  struct kvmap *m = calloc(1, sizeof *m);
  if (!m)
    return NULL;
  m->size = 8;
  m->tab = calloc(m->size, sizeof *m->tab);
  if (!m->tab) {
    free(m);
    return NULL;
  }
  return m;
}

static void move_one(struct kvmap *m) {
  struct kv *e = m->old[m->moved];
  m->old[m->moved] = NULL;
  while (e) {
    struct kv *next = e->next;
    e->next = m->tab[e->key % m->size];
    m->tab[e->key % m->size] = e;
    e = next;
  }
  if (++m->moved == m->old_size) {
    free(m->old);
    m->old = NULL;
  }
}

static int grow(struct kvmap *m) {
  struct kv **fresh = calloc(m->size * 2, sizeof *fresh);
  if (!fresh)
    return -1;
  m->old = m->tab;
  m->old_size = m->size;
  m->tab = fresh;
  m->size *= 2;
  m->moved = 0;
  return 0;
}

int kv_put(struct kvmap *m, unsigned key, long value) {
  if (m->old)
    move_one(m);
  else if (m->count >= m->size && grow(m) < 0)
    return -1;
  struct kv *e = malloc(sizeof *e);
  if (!e)
    return -1;
  e->key = key;
  e->value = value;
  e->next = m->tab[key % m->size];
  m->tab[key % m->size] = e;
  m->count++;
  return 0;
}

long kv_get(struct kvmap *m, unsigned key) {
  if (m->old)
    move_one(m);
  for (const struct kv *e = m->tab[key % m->size]; e; e = e->next)
    if (e->key == key)
      return e->value;
  if (m->old)
    for (const struct kv *e = m->old[key % m->old_size]; e; e = e->next)
      if (e->key == key)
        return e->value;
  return -1;
}

size_t kv_count(const struct kvmap *m) { return m->count; }
