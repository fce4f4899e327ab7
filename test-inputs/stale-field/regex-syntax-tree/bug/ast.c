// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "rx.h"
#include <stdlib.h>

struct ast *ast_parse(const char *pattern) {
  struct ast *list = NULL;
  for (; *pattern; pattern++) {
    struct ast *a = malloc(sizeof *a);
    if (!a) {
      ast_free(list);
      return NULL;
    }
    a->op = *pattern == '.' ? 'a' : 'c';
    a->ch = *pattern;
    a->left = list;
    list = a;
  }
  return list;
}

void ast_free(struct ast *a) {
  while (a) {
    struct ast *left = a->left;
    free(a);
    a = left;
  }
}
