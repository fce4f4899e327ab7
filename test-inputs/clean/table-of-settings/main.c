// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *user;
static char *home;

struct key {
  const char *name;
  void *at;
};

static const struct key keys[] = {{"user", &user}, {"home", &home}};

int set(const char *name, const char *value) {
  for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
    if (!strcmp(keys[i].name, name)) {
      free(*(char **)keys[i].at);
      *(char **)keys[i].at = strdup(value);
      return 0;
    }
  return -1;
}

void defaults(void) {
  free(user);
  user = strdup("nobody");
  free(home);
  home = strdup("/");
}

void show(FILE *out) {
  for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++)
    fprintf(out, "%s=%s\n", keys[i].name, *(char **)keys[i].at);
}
