// The table of rules is made at the head of rules_apply and freed at its end;
// who reads it is reached only below that, however deep.
#include <stdlib.h>
#include <string.h>

static char **rules;
static int number;

static int matches(const char *name) {
  for (int i = 0; i < number; ++i)
    if (!strcmp(rules[i], name))
      return 1;
  return 0;
}

static int walk(const char *name, int depth) {
  if (matches(name))
    return 1;
  const char *rest = strchr(name, '/');
  return rest && depth < 16 ? walk(rest + 1, depth + 1) : 0;
}

int rules_apply(const char *const *names) {
  int found = 0;
  rules = malloc(2 * sizeof *rules);
  if (!rules)
    return -1;
  rules[0] = strdup("tmp");
  number = 1;
  for (; *names; ++names)
    found += walk(*names, 0);
  free(rules[0]);
  free(rules);
  return found;
}
