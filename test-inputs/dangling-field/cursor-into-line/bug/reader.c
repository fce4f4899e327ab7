// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct reader {
  char *line;
  char *word;
};

struct reader *reader_new(void) { return calloc(1, sizeof(struct reader)); }

int reader_feed(struct reader *r, const char *text) {
  char *line = strdup(text);
  if (!line)
    return -1;
  free(r->line);
  r->line = line;
  r->word = line;
  return 0;
}

void reader_flush(struct reader *r) {
  free(r->line);
  r->line = NULL; /* and its cursor? */
}

int reader_next(struct reader *r) {
  if (!r->word || !*r->word)
    return -1;
  return *r->word++;
}

void reader_free(struct reader *r) {
  free(r->line);
  free(r);
}
