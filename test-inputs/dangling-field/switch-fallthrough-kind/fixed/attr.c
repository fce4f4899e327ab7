// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum akind { A_NONE, A_STRING, A_BLOB, A_NUMBER };

struct attr {
  enum akind kind;
  void *data;
  size_t len;
  long number;
};

struct attr *attr_new(void) { return calloc(1, sizeof(struct attr)); }

void attr_clear(struct attr *a) {
  switch (a->kind) {
  case A_NONE:
    break;
  case A_STRING:
  case A_BLOB:
  case A_NUMBER:
    free(a->data);
    a->data = NULL;
    break;
  }
  a->kind = A_NONE;
  a->len = 0;
}

int attr_set(struct attr *a, enum akind kind, const void *data, size_t len) {
  if (kind != A_STRING && kind != A_BLOB)
    return -1;
  void *copy = malloc(len + 1);
  if (!copy)
    return -1;
  memcpy(copy, data, len);
  ((char *)copy)[len] = '\0';
  attr_clear(a);
  a->data = copy;
  a->len = len;
  a->kind = kind;
  return 0;
}

int attr_to_number(struct attr *a) {
  switch (a->kind) {
  case A_STRING:
    a->number = strtol(a->data, NULL, 10);
    free(a->data);
    a->data = NULL;
    a->len = 0;
    a->kind = A_NUMBER;
    return 0;
  case A_NUMBER:
    return 0;
  default:
    return -1;
  }
}

long attr_number(const struct attr *a) { return a->kind == A_NUMBER ? a->number : 0; }

void attr_free(struct attr *a) {
  attr_clear(a);
  free(a);
}
