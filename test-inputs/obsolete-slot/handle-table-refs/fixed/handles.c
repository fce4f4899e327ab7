// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct object {
  int refs;
  void (*destroy)(struct object *o);
  size_t bytes;
};

struct object *object_ref(struct object *o) {
  __atomic_add_fetch(&o->refs, 1, __ATOMIC_RELAXED);
  return o;
}

void object_unref(struct object *o) {
  if (o && __atomic_sub_fetch(&o->refs, 1, __ATOMIC_ACQ_REL) == 0)
    o->destroy(o);
}

#define SLOTS 256

struct handle_slot {
  struct object *obj;
  unsigned generation;
  int used;
};

struct handle_table {
  pthread_mutex_t lock;
  struct handle_slot slot[SLOTS];
  unsigned open;
};

struct handle_table *handles_new(void) {
  struct handle_table *t = calloc(1, sizeof *t);
  if (t)
    pthread_mutex_init(&t->lock, NULL);
  return t;
}

int handle_open(struct handle_table *t, struct object *o) {
  int found = -1;
  pthread_mutex_lock(&t->lock);
  for (int i = 0; i < SLOTS; i++)
    if (!t->slot[i].used) {
      object_unref(t->slot[i].obj);
      t->slot[i].obj = object_ref(o);
      t->slot[i].used = 1;
      t->slot[i].generation++;
      t->open++;
      found = i;
      break;
    }
  pthread_mutex_unlock(&t->lock);
  return found;
}

struct object *handle_get(struct handle_table *t, int h) {
  struct object *o = NULL;
  if (h < 0 || h >= SLOTS)
    return NULL;
  pthread_mutex_lock(&t->lock);
  if (t->slot[h].used)
    o = object_ref(t->slot[h].obj);
  pthread_mutex_unlock(&t->lock);
  return o;
}

int handle_close(struct handle_table *t, int h) {
  int rc = -1;
  if (h < 0 || h >= SLOTS)
    return -1;
  pthread_mutex_lock(&t->lock);
  if (t->slot[h].used) {
    t->slot[h].used = 0;
    object_unref(t->slot[h].obj);
    t->slot[h].obj = NULL;
    t->open--;
    rc = 0;
  }
  pthread_mutex_unlock(&t->lock);
  return rc;
}

void handles_free(struct handle_table *t) {
  for (int i = 0; i < SLOTS; i++)
    object_unref(t->slot[i].obj);
  pthread_mutex_destroy(&t->lock);
  free(t);
}
