// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cfg_reader {
  FILE *in;
  char *include;
  unsigned line, depth, errors;
  char buf[256];
};

struct cfg_reader *cfg_new(FILE *in) {
  struct cfg_reader *r = calloc(1, sizeof *r);
  if (r)
    r->in = in;
  return r;
}

static int enter(struct cfg_reader *r, const char *name) {
  free(r->include);
  r->include = strdup(name);
  if (!r->include)
    return -1;
  if (r->depth >= 8) {
    free(r->include);
    r->errors++;
    return -1;
  }
  r->depth++;
  return 0;
}

int cfg_next(struct cfg_reader *r) {
  if (!fgets(r->buf, sizeof r->buf, r->in))
    return 0;
  r->line++;
  if (strncmp(r->buf, "include ", 8) == 0) {
    r->buf[strcspn(r->buf, "\n")] = 0;
    if (enter(r, r->buf + 8) < 0)
      return -1;
  }
  return 1;
}

void cfg_message(const struct cfg_reader *r, const char *text) {
  fprintf(stderr, "%s:%u: %s\n", r->include ? r->include : "main", r->line, text);
}

void cfg_free(struct cfg_reader *r) {
  free(r->include);
  fclose(r->in);
  free(r);
}
