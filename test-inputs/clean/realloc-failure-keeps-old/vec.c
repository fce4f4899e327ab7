// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct vec {
  long *data;
  size_t len, cap;
  int failed;
};

struct vec *vec_new(void) { return calloc(1, sizeof(struct vec)); }

int vec_push(struct vec *v, long x) {
  if (v->len == v->cap) {
    size_t cap = v->cap ? v->cap * 2 : 8;
    long *bigger = realloc(v->data, cap * sizeof *bigger);
    if (!bigger) {
      v->failed = 1;
      return -1;
    }
    v->data = bigger;
    v->cap = cap;
  }
  v->data[v->len++] = x;
  return 0;
}

void vec_shrink(struct vec *v) {
  if (v->len == 0) {
    free(v->data);
    v->data = NULL;
    v->cap = 0;
    return;
  }
  long *smaller = realloc(v->data, v->len * sizeof *smaller);
  if (!smaller)
    return;
  v->data = smaller;
  v->cap = v->len;
}

void vec_clear(struct vec *v) { v->len = 0; }

long vec_get(const struct vec *v, size_t i) { return i < v->len ? v->data[i] : 0; }

int vec_failed(const struct vec *v) { return v->failed; }

void vec_free(struct vec *v) {
  if (!v)
    return;
  free(v->data);
  free(v);
}
