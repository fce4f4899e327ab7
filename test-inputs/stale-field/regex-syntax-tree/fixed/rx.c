// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "rx.h"
#include <stdlib.h>
#include <string.h>

struct regex *rx_new(const char *pattern) {
  struct regex *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  r->ast = ast_parse(pattern);
  if (!r->ast) {
    free(r);
    return NULL;
  }
  return r;
}

int rx_compile(struct regex *r) {
  int n = 0;
  if (r->compiled)
    return 0;
  for (const struct ast *a = r->ast; a; a = a->left)
    n++;
  char *program = malloc((size_t)n * 2);
  if (!program)
    return -1;
  r->ninst = n;
  for (const struct ast *a = r->ast; a; a = a->left) {
    n--;
    program[n * 2] = a->op;
    program[n * 2 + 1] = a->ch;
  }
  r->program = program;
  r->compiled = 1;
  ast_free(r->ast);
  r->ast = NULL;
  return 0;
}

int rx_match(const struct regex *r, const char *s) {
  if (!r->compiled || strlen(s) != (size_t)r->ninst)
    return 0;
  for (int i = 0; i < r->ninst; i++)
    if (r->program[i * 2] == 'c' && r->program[i * 2 + 1] != s[i])
      return 0;
  return 1;
}

void rx_free(struct regex *r) {
  ast_free(r->ast);
  free(r->program);
  free(r);
}
