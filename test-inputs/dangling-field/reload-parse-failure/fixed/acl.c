// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
  char topic[64];
  int allow;
};

struct acl {
  struct rule *rules;
  size_t nrules;
  unsigned reloads;
};

struct acl *acl_new(void) { return calloc(1, sizeof(struct acl)); }

static struct rule *read_rules(FILE *f, size_t *count) {
  size_t n = 0, cap = 8;
  struct rule *list = malloc(cap * sizeof *list);
  char line[80];
  while (list && fgets(line, sizeof line, f)) {
    if (n == cap) {
      struct rule *more = realloc(list, cap * 2 * sizeof *list);
      if (!more)
        break;
      list = more;
      cap *= 2;
    }
    list[n].allow = line[0] == '+';
    snprintf(list[n].topic, sizeof list[n].topic, "%s", line + 1);
    n++;
  }
  *count = n;
  return list;
}

int acl_reload(struct acl *a, const char *path) {
  FILE *f = fopen(path, "r");
  if (!f)
    return -1;
  free(a->rules);
  a->nrules = 0;
  a->rules = read_rules(f, &a->nrules);
  fclose(f);
  a->reloads++;
  return a->rules ? 0 : -1;
}

int acl_check(const struct acl *a, const char *topic) {
  for (size_t i = 0; i < a->nrules; i++)
    if (strcmp(a->rules[i].topic, topic) == 0)
      return a->rules[i].allow;
  return 0;
}

unsigned acl_reloads(const struct acl *a) { return a->reloads; }

void acl_free(struct acl *a) {
  free(a->rules);
  free(a);
}
