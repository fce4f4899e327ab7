// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct filter {
  char *pattern;
  regex_t *re;
  int flags;
  unsigned long seen, matched;
  char error[80];
};

struct filter *filter_new(int flags) {
  struct filter *f = calloc(1, sizeof *f);
  if (f)
    f->flags = flags;
  return f;
}

int filter_set(struct filter *f, const char *pattern) {
  char *copy = strdup(pattern);
  regex_t *re;
  int rc;
  if (!copy)
    return -1;
  if (f->re) {
    regfree(f->re);
    free(f->re);
  }
  free(f->pattern);
  f->pattern = copy;
  re = malloc(sizeof *re);
  if (!re)
    return -1;
  rc = regcomp(re, pattern, f->flags | REG_NOSUB);
  if (rc) {
    regerror(rc, re, f->error, sizeof f->error);
    free(re);
    return -1;
  }
  f->re = re;
  f->error[0] = 0;
  return 0;
}

int filter_match(struct filter *f, const char *line) {
  f->seen++;
  if (!f->re)
    return 1;
  if (regexec(f->re, line, 0, NULL, 0) != 0)
    return 0;
  f->matched++;
  return 1;
}

void filter_print(const struct filter *f, FILE *out) {
  fprintf(out, "%s: %lu of %lu %s\n", f->pattern ? f->pattern : "-", f->matched, f->seen, f->error);
}

void filter_free(struct filter *f) {
  if (f->re) {
    regfree(f->re);
    free(f->re);
  }
  free(f->pattern);
  free(f);
}
