// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct lexer {
  char *buf;
  char *tok;
  size_t len, cap;
  int open;
};

struct lexer *lexer_new(void) { return calloc(1, sizeof(struct lexer)); }

int lexer_feed(struct lexer *l, const char *s, size_t n) {
  if (l->len + n + 1 > l->cap) {
    size_t cap = (l->len + n + 1) * 2;
    char *bigger = realloc(l->buf, cap);
    if (!bigger)
      return -1;
    l->buf = bigger;
    l->cap = cap;
  }
  memcpy(l->buf + l->len, s, n);
  l->len += n;
  l->buf[l->len] = '\0';
  return 0;
}

void lexer_begin(struct lexer *l, size_t at) {
  if (at >= l->len)
    return;
  l->tok = l->buf + at;
  l->open = 1;
}

int lexer_is(const struct lexer *l, const char *word) {
  if (!l->open)
    return 0;
  return strncmp(l->tok, word, strlen(word)) == 0;
}

void lexer_end(struct lexer *l) {
  l->tok = NULL;
  l->open = 0;
}

void lexer_free(struct lexer *l) {
  free(l->buf);
  free(l);
}
