// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
  char *inter;
  char *user;
  int port;
};

static struct settings settings = {NULL, NULL, 11211};

int settings_listen(const char *arg) {
  char *fresh;
  if (settings.inter) {
    size_t n = strlen(settings.inter) + strlen(arg) + 2;
    fresh = malloc(n);
    if (!fresh)
      return -1;
    snprintf(fresh, n, "%s,%s", settings.inter, arg);
    free(settings.inter);
    settings.inter = fresh;
  } else {
    settings.inter = strdup(arg);
    if (!settings.inter)
      return -1;
  }
  return 0;
}

int settings_user(const char *arg) {
  char *copy = strdup(arg);
  if (!copy)
    return -1;
  free(settings.user);
  settings.user = copy;
  return 0;
}

int settings_parse(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    int rc = 0;
    if (strcmp(argv[i], "-l") == 0)
      rc = settings_listen(argv[i + 1]);
    else if (strcmp(argv[i], "-u") == 0)
      rc = settings_user(argv[i + 1]);
    else if (strcmp(argv[i], "-p") == 0)
      settings.port = atoi(argv[i + 1]);
    if (rc < 0)
      return -1;
  }
  return 0;
}

void settings_print(FILE *out) {
  fprintf(out, "%s %s %d\n", settings.inter ? settings.inter : "*",
          settings.user ? settings.user : "-", settings.port);
}
