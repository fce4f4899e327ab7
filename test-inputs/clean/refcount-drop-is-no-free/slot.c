// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct obj {
  int refs;
  size_t len;
  char data[];
};

struct holder {
  struct obj *value;
  unsigned sets;
};

struct obj *obj_make(const char *s) {
  size_t n = strlen(s);
  struct obj *o = malloc(sizeof *o + n + 1);
  if (!o)
    return NULL;
  o->refs = 1;
  o->len = n;
  memcpy(o->data, s, n + 1);
  return o;
}

struct obj *obj_ref(struct obj *o) {
  if (o)
    o->refs++;
  return o;
}

void obj_unref(struct obj *o) {
  if (o && --o->refs == 0)
    free(o);
}

struct holder *holder_new(void) { return calloc(1, sizeof(struct holder)); }

void holder_set(struct holder *h, struct obj *o) {
  struct obj *before = h->value;
  h->value = obj_ref(o);
  obj_unref(before);
  h->sets++;
}

void holder_clear(struct holder *h) {
  obj_unref(h->value);
  h->value = NULL;
}

struct obj *holder_get(const struct holder *h) { return obj_ref(h->value); }

size_t holder_len(const struct holder *h) { return h->value ? h->value->len : 0; }

void holder_free(struct holder *h) {
  holder_clear(h);
  free(h);
}
