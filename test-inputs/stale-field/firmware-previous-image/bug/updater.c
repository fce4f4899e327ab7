// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <string.h>

struct image {
  unsigned version;
  size_t size;
  unsigned char *bytes;
};

struct updater {
  struct image *active;
  struct image *previous;
  int probation;
  unsigned updates, rollbacks;
  void (*log)(const char *text, unsigned version);
};

static struct image *image_make(unsigned version, const void *bytes, size_t size) {
  struct image *i = malloc(sizeof *i);
  if (!i)
    return NULL;
  i->bytes = malloc(size ? size : 1);
  if (!i->bytes) {
    free(i);
    return NULL;
  }
  memcpy(i->bytes, bytes, size);
  i->version = version;
  i->size = size;
  return i;
}

static void image_free(struct image *i) {
  if (!i)
    return;
  free(i->bytes);
  free(i);
}

struct updater *updater_new(void (*log)(const char *, unsigned)) {
  struct updater *u = calloc(1, sizeof *u);
  if (u)
    u->log = log;
  return u;
}

int updater_apply(struct updater *u, unsigned version, const void *bytes, size_t size) {
  struct image *i;
  if (u->probation)
    return -1;
  i = image_make(version, bytes, size);
  if (!i)
    return -1;
  image_free(u->previous);
  u->previous = u->active;
  u->active = i;
  u->probation = 1;
  u->updates++;
  u->log("applied", version);
  return 0;
}

int updater_rollback(struct updater *u) {
  if (!u->probation || !u->previous)
    return -1;
  image_free(u->active);
  u->active = u->previous;
  u->previous = NULL;
  u->probation = 0;
  u->rollbacks++;
  u->log("rolled back", u->active->version);
  return 0;
}

int updater_confirm(struct updater *u) {
  if (!u->probation)
    return -1;
  u->probation = 0;
  u->log("confirmed", u->active->version);
  return 0;
}

unsigned updater_checksum(const struct updater *u) {
  unsigned s = 0;
  for (size_t i = 0; u->active && i < u->active->size; i++)
    s = s * 31 + u->active->bytes[i];
  return s;
}

void updater_free(struct updater *u) {
  image_free(u->active);
  image_free(u->previous);
  free(u);
}
