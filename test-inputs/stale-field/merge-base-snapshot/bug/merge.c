// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct doc {
  char *text;
  char *base;
  unsigned merging;
  unsigned merges, aborts, conflicts;
};

struct doc *doc_new(const char *text) {
  struct doc *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->text = strdup(text);
  if (!d->text) {
    free(d);
    return NULL;
  }
  return d;
}

int merge_begin(struct doc *d, const char *base) {
  char *copy;
  if (d->merging)
    return -1;
  copy = strdup(base);
  if (!copy)
    return -1;
  free(d->base);
  d->base = copy;
  d->merging = 1;
  return 0;
}

int merge_line(struct doc *d, size_t at, char c) {
  if (!d->merging || at >= strlen(d->text))
    return -1;
  if (at < strlen(d->base) && d->text[at] != d->base[at]) {
    d->conflicts++;
    return 1;
  }
  d->text[at] = c;
  return 0;
}

int merge_finish(struct doc *d) {
  if (!d->merging)
    return -1;
  d->merging = 0;
  d->merges++;
  return (int)d->conflicts;
}

void merge_abort(struct doc *d) {
  if (!d->merging)
    return;
  free(d->base);
  d->base = NULL;
  d->merging = 0;
  d->aborts++;
}

const char *doc_text(const struct doc *d) { return d->text; }

void doc_free(struct doc *d) {
  free(d->base);
  free(d->text);
  free(d);
}
