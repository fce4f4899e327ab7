// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum ar_state { AR_CLOSED, AR_OPEN, AR_FAILED };

struct entry {
  char name[48];
  uint32_t offset, size;
};

struct archive {
  enum ar_state state;
  FILE *fp;
  struct entry *index;
  uint32_t entries;
  int error;
};

struct archive *archive_new(void) { return calloc(1, sizeof(struct archive)); }

static uint32_t sum(const struct entry *e, uint32_t n) {
  const unsigned char *p = (const unsigned char *)e;
  uint32_t s = 0;
  for (size_t i = 0; i < n * sizeof *e; i++)
    s = s * 33 + p[i];
  return s;
}

int archive_open(struct archive *a, const char *path) {
  uint32_t head[2];
  if (a->state != AR_CLOSED)
    return -1;
  a->fp = fopen(path, "rb");
  if (!a->fp)
    return -1;
  if (fread(head, sizeof head, 1, a->fp) != 1 || head[0] > 65536) {
    fclose(a->fp);
    a->fp = NULL;
    return -1;
  }
  a->entries = head[0];
  a->index = calloc(a->entries ? a->entries : 1, sizeof *a->index);
  if (!a->index)
    goto fail;
  if (fread(a->index, sizeof *a->index, a->entries, a->fp) != a->entries) {
    a->error = 1;
    free(a->index);
    a->index = NULL;
    goto fail;
  }
  if (sum(a->index, a->entries) != head[1]) {
    a->error = 2;
    free(a->index);
    a->index = NULL;
    goto fail;
  }
  a->state = AR_OPEN;
  return 0;
fail:
  fclose(a->fp);
  a->fp = NULL;
  a->state = AR_FAILED;
  return -1;
}

int archive_find(const struct archive *a, const char *name) {
  if (a->state != AR_OPEN)
    return -1;
  for (uint32_t i = 0; i < a->entries; i++)
    if (strncmp(a->index[i].name, name, sizeof a->index[i].name) == 0)
      return (int)i;
  return -1;
}

int archive_error(const struct archive *a) { return a->state == AR_FAILED ? a->error : 0; }

void archive_close(struct archive *a) {
  if (a->state == AR_OPEN)
    fclose(a->fp);
  free(a->index);
  free(a);
}
