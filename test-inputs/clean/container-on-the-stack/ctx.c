// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ctx {
  char *line;
  char *word;
  size_t cap;
  unsigned lineno;
};

static int ctx_init(struct ctx *c) {
  memset(c, 0, sizeof *c);
  c->cap = 512;
  c->line = malloc(c->cap);
  c->word = malloc(c->cap);
  return c->line && c->word ? 0 : -1;
}

static void ctx_fini(struct ctx *c) {
  free(c->line);
  free(c->word);
}

static int first_word(struct ctx *c) {
  size_t n = 0;
  const char *p = c->line;
  while (isspace((unsigned char)*p))
    p++;
  while (p[n] && !isspace((unsigned char)p[n]) && n + 1 < c->cap) {
    c->word[n] = p[n];
    n++;
  }
  c->word[n] = '\0';
  return n > 0 && c->word[0] != '#';
}

/* The number of the first line with an unknown word, 0 if there is none. */
unsigned config_check(FILE *in, const char *const *known) {
  struct ctx c;
  unsigned bad = 0;
  if (ctx_init(&c) < 0) {
    ctx_fini(&c);
    return 0;
  }
  while (!bad && fgets(c.line, (int)c.cap, in)) {
    c.lineno++;
    if (!first_word(&c))
      continue;
    size_t i = 0;
    while (known[i] && strcmp(known[i], c.word) != 0)
      i++;
    if (!known[i])
      bad = c.lineno;
  }
  ctx_fini(&c);
  return bad;
}
