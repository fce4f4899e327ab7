// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct limits {
  char *owner;
  long memory;
  long files;
};

static struct limits active;

static int limits_parse(struct limits *l, const char *line) {
  char name[32];
  if (sscanf(line, "%31s %ld %ld", name, &l->memory, &l->files) != 3)
    return -1;
  l->owner = strdup(name);
  return l->owner ? 0 : -1;
}

int limits_apply(const char *line) {
  struct limits fresh = {NULL, 0, 0};
  if (limits_parse(&fresh, line) < 0)
    return -1;
  free(active.owner);
  active = fresh;
  return 0;
}

int limits_check(const char *owner, long memory) {
  if (!active.owner || strcmp(active.owner, owner) != 0)
    return 0;
  return memory > active.memory;
}

long limits_files(void) { return active.files; }

void limits_print(void) {
  if (active.owner)
    printf("%s %ld %ld\n", active.owner, active.memory, active.files);
}
