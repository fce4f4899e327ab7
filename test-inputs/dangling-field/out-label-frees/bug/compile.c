// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct scope {
  int depth;
  int vars;
  char names[26];
};

struct compiler {
  struct scope *scope;
  int errors, units;
};

struct compiler *compiler_new(void) { return calloc(1, sizeof(struct compiler)); }

static int declare(struct scope *s, char name) {
  if (!islower((unsigned char)name) || s->names[name - 'a'])
    return -1;
  s->names[name - 'a'] = 1;
  s->vars++;
  return 0;
}

/* "{ab{c}}": braces open and close scopes, letters declare. */
int compile_unit(struct compiler *c, const char *text) {
  int rc = -1;
  free(c->scope);
  c->scope = calloc(1, sizeof *c->scope);
  if (!c->scope)
    return -1;
  for (; *text; text++) {
    if (*text == '{') {
      c->scope->depth++;
    } else if (*text == '}') {
      if (--c->scope->depth < 0)
        goto out;
    } else if (declare(c->scope, *text) < 0) {
      goto out;
    }
  }
  rc = c->scope->vars;
  free(c->scope);
  c->scope = NULL;
  c->units++;
  return rc;
out:
  c->errors++;
  free(c->scope);
  return rc;
}

int compiler_depth(const struct compiler *c) { return c->scope ? c->scope->depth : 0; }
int compiler_errors(const struct compiler *c) { return c->errors; }

void compiler_free(struct compiler *c) {
  free(c->scope);
  free(c);
}
