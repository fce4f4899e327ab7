// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct session {
  char *ident;
  char *owner;
  int priority;
};

static char *xstrdup(const char *s) {
  char *copy = strdup(s);
  if (!copy)
    abort();
  return copy;
}

struct session *session_new(const char *ident, const char *owner) {
  struct session *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->ident = xstrdup(ident);
  s->owner = xstrdup(owner);
  return s;
}

int session_is_of(const struct session *s, const char *owner) { return strcmp(s->owner, owner) == 0; }
int session_is(const struct session *s, const char *ident) { return strcmp(s->ident, ident) == 0; }

void session_rename(struct session *s, const char *ident) {
  free(s->ident);
  s->ident = xstrdup(ident);
}

void session_free(struct session *s) {
  free(s->ident);
  free(s->owner);
  free(s);
}
