// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES 256

struct block {
  int n;
  char line[LINES][48];
};

struct journal {
  struct block *active;
  struct block *frozen;
  int written;
  FILE *out;
};

struct journal *journal_open(FILE *out) {
  struct journal *j = calloc(1, sizeof *j);
  if (!j)
    return NULL;
  j->active = calloc(1, sizeof *j->active);
  if (!j->active) {
    free(j);
    return NULL;
  }
  j->out = out;
  return j;
}

static void write_some(struct journal *j, int n) {
  while (n-- > 0 && j->written < j->frozen->n)
    fprintf(j->out, "%s\n", j->frozen->line[j->written++]);
  if (j->written == j->frozen->n) {
    free(j->frozen);
    j->frozen = NULL;
  }
}

int journal_append(struct journal *j, const char *text) {
  if (j->frozen)
    write_some(j, 2);
  if (j->active->n == LINES) {
    if (j->frozen)
      return -1;
    struct block *fresh = calloc(1, sizeof *fresh);
    if (!fresh)
      return -1;
    j->frozen = j->active;
    j->active = fresh;
    j->written = 0;
  }
  snprintf(j->active->line[j->active->n++], sizeof j->active->line[0], "%s", text);
  return 0;
}

static int count_in(const struct block *b, const char *word) {
  int n = 0;
  for (int i = 0; i < b->n; i++)
    n += strstr(b->line[i], word) != NULL;
  return n;
}

int journal_grep(struct journal *j, const char *word) {
  int n = count_in(j->active, word);
  if (j->frozen)
    n += count_in(j->frozen, word);
  if (j->frozen)
    write_some(j, 8);
  return n;
}
