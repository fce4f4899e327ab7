// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef RX_H
#define RX_H
struct ast {
  char op;
  char ch;
  struct ast *left;
};
struct regex {
  int compiled;
  struct ast *ast;
  char *program;
  int ninst;
};
struct ast *ast_parse(const char *pattern);
void ast_free(struct ast *a);
struct regex *rx_new(const char *pattern);
int rx_compile(struct regex *r);
int rx_match(const struct regex *r, const char *s);
void rx_free(struct regex *r);
#endif
