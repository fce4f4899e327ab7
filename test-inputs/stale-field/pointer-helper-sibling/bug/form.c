// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "util.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct form {
  char *name;
  char *type;
  char *pending_file;
  int in_field;
  unsigned long fields, bytes;
};

struct form *form_new(void) { return calloc(1, sizeof(struct form)); }

int form_field(struct form *f, const char *name, const char *type, const char *file) {
  if (f->in_field)
    return -1;
  if (assign(&f->name, name) < 0)
    return -1;
  if (assign(&f->type, type) < 0) {
    release(&f->name);
    return -1;
  }
  if (assign(&f->pending_file, file) < 0) {
    release(&f->name);
    release(&f->type);
    return -1;
  }
  f->in_field = 1;
  return 0;
}

int form_data(struct form *f, const void *data, size_t n) {
  if (!f->in_field)
    return -1;
  if (strcmp(f->type, "file") == 0) {
    FILE *out = fopen(f->pending_file, "ab");
    if (!out)
      return -1;
    f->bytes += fwrite(data, 1, n, out);
    fclose(out);
  } else if (f->name[0]) {
    f->bytes += n;
  }
  return 0;
}

void form_end_field(struct form *f) {
  if (!f->in_field)
    return;
  release(&f->name);
  release(&f->type);
  f->in_field = 0;
  f->fields++;
}

unsigned long form_fields(const struct form *f) { return f->fields; }

void form_free(struct form *f) {
  release(&f->name);
  release(&f->type);
  release(&f->pending_file);
  free(f);
}
