// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct track {
  char *title;
  char *artist;
  int number;
  int compilation;
};

static void drop(char **p) {
  free(*p);
  *p = NULL;
}

struct track *track_new(void) { return calloc(1, sizeof(struct track)); }

int track_set_artist(struct track *t, const char *artist) {
  drop(&t->artist);
  t->artist = strdup(artist);
  return t->artist ? 0 : -1;
}

int track_set_title(struct track *t, const char *title) {
  drop(&t->title);
  t->title = strdup(title);
  return t->title ? 0 : -1;
}

void track_clear(struct track *t) {
  t->number = 0;
  if (t->compilation) {
    free(t->title);
    t->compilation = 0;
  } else {
    drop(&t->title);
    drop(&t->artist);
  }
}

void track_mark_compilation(struct track *t, int number) {
  t->compilation = 1;
  t->number = number;
}

void track_print(const struct track *t) {
  printf("%2d %s - %s\n", t->number, t->artist ? t->artist : "various", t->title ? t->title : "?");
}

void track_free(struct track *t) {
  if (!t)
    return;
  drop(&t->title);
  drop(&t->artist);
  free(t);
}
