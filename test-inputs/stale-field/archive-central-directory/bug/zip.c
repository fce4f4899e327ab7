// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum zphase { Z_OPEN, Z_FINISHED, Z_BROKEN };

struct zentry {
  struct zentry *next;
  unsigned long offset;
  unsigned size;
  char name[64];
};

struct zip_writer {
  FILE *out;
  enum zphase phase;
  struct zentry *entries;
  unsigned count;
  unsigned long offset;
};

struct zip_writer *zip_create(const char *path) {
  struct zip_writer *z = calloc(1, sizeof *z);
  if (!z)
    return NULL;
  z->out = fopen(path, "wb");
  if (!z->out) {
    free(z);
    return NULL;
  }
  return z;
}

static void drop_entries(struct zip_writer *z) {
  struct zentry *e = z->entries;
  while (e) {
    struct zentry *next = e->next;
    free(e);
    e = next;
  }
  z->entries = NULL;
}

int zip_add(struct zip_writer *z, const char *name, const void *data, unsigned n) {
  if (z->phase != Z_OPEN)
    return -1;
  struct zentry *e = calloc(1, sizeof *e);
  if (!e)
    return -1;
  snprintf(e->name, sizeof e->name, "%s", name);
  e->offset = z->offset;
  e->size = n;
  e->next = z->entries;
  z->entries = e;
  z->count++;
  z->offset += n;
  if (fwrite(data, 1, n, z->out) != n) {
    z->phase = Z_BROKEN;
    return -1;
  }
  return 0;
}

int zip_has(const struct zip_writer *z, const char *name) {
  if (z->phase == Z_OPEN)
    for (const struct zentry *e = z->entries; e; e = e->next)
      if (strcmp(e->name, name) == 0)
        return 1;
  return 0;
}

int zip_finish(struct zip_writer *z) {
  if (z->phase != Z_OPEN)
    return -1;
  for (const struct zentry *e = z->entries; e; e = e->next)
    fprintf(z->out, "%s %lu %u\n", e->name, e->offset, e->size);
  z->phase = Z_FINISHED;
  return fflush(z->out);
}

unsigned zip_count(const struct zip_writer *z) { return z->count; }
unsigned long zip_bytes(const struct zip_writer *z) { return z->offset; }

void zip_close(struct zip_writer *z) {
  fclose(z->out);
  drop_entries(z);
  free(z);
}
