// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

#define DEPTH 64

struct dirstack {
  char *dirs[DEPTH];
  int top;
};

struct dirstack *dirs_new(void) { return calloc(1, sizeof(struct dirstack)); }

int dirs_push(struct dirstack *s, const char *dir) {
  if (s->top == DEPTH)
    return -1;
  char *copy = strdup(dir);
  if (!copy)
    return -1;
  free(s->dirs[s->top]);
  s->dirs[s->top++] = copy;
  return 0;
}

const char *dirs_peek(const struct dirstack *s) { return s->top > 0 ? s->dirs[s->top - 1] : NULL; }

int dirs_pop(struct dirstack *s, char *out, size_t room) {
  if (s->top == 0)
    return -1;
  char *dir = s->dirs[--s->top];
  strncpy(out, dir, room);
  if (room)
    out[room - 1] = '\0';
  return s->top;
}

int dirs_depth(const struct dirstack *s) { return s->top; }

void dirs_delete(struct dirstack *s) {
  for (int i = 0; i < DEPTH; i++)
    free(s->dirs[i]);
  free(s);
}
