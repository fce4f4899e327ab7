// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct scopes {
  char *names[64];
  unsigned depth;
};

struct scopes *scopes_new(void) { return calloc(1, sizeof(struct scopes)); }

int scope_push(struct scopes *s, const char *name) {
  if (s->depth == 64)
    return -1;
  free(s->names[s->depth]);
  s->names[s->depth] = strdup(name);
  if (!s->names[s->depth])
    return -1;
  s->depth++;
  return 0;
}

void scope_pop(struct scopes *s) {
  if (!s->depth)
    return;
  s->depth--;
  free(s->names[s->depth]);
  s->names[s->depth] = NULL;
}

const char *scope_top(const struct scopes *s) { return s->depth ? s->names[s->depth - 1] : ""; }

void scopes_free(struct scopes *s) {
  for (unsigned i = 0; i < 64; i++)
    free(s->names[i]);
  free(s);
}
