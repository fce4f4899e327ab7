// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct settings {
  char *user;
  char *pidfile;
  int port;
};

struct settings *settings_new(void) {
  struct settings *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->port = 1883;
  s->user = strdup("daemon");
  return s;
}

static int parse_string(const char *token, const char *name, char **value) {
  if (*value) {
    fprintf(stderr, "duplicate %s in configuration\n", name);
    return -1;
  }
  while (isspace((unsigned char)*token))
    token++;
  if (!*token) {
    fprintf(stderr, "empty %s in configuration\n", name);
    return -1;
  }
  *value = strdup(token);
  return *value ? 0 : -1;
}

static int parse_user(struct settings *s, const char *rest) {
  free(s->user);
  s->user = NULL;
  return parse_string(rest, "user", &s->user);
}

int settings_line(struct settings *s, const char *line) {
  if (strncmp(line, "user ", 5) == 0)
    return parse_user(s, line + 5);
  if (strncmp(line, "pid_file ", 9) == 0) {
    free(s->pidfile);
    s->pidfile = NULL;
    return parse_string(line + 9, "pid_file", &s->pidfile);
  }
  if (strncmp(line, "port ", 5) == 0) {
    s->port = atoi(line + 5);
    return 0;
  }
  return -1;
}

const char *settings_user(const struct settings *s) { return s->user ? s->user : "nobody"; }
int settings_port(const struct settings *s) { return s->port; }

void settings_free(struct settings *s) {
  free(s->user);
  free(s->pidfile);
  free(s);
}
