// volume_format hands errors on, and all errors here are below 0: the caller
// that asks for `< 0` wipes the object after each of them.
#include "volume.h"
#include <stdlib.h>
#include <string.h>

static void volume_reset(struct volume *v) { memset(&v->p, 0, sizeof v->p); }

static int volume_format(struct volume *v, const char *cipher) {
  char *copy = NULL;
  int r;
  if (!cipher)
    return -22;
  copy = strdup(cipher);
  if (!copy)
    return -12;
  v->p.cipher = copy;
  r = device_write(v->device, copy);
  if (r)
    free(copy);
  return r;
}

int volume_make(struct volume *v, const char *cipher) {
  int r = volume_format(v, cipher);
  if (r < 0)
    volume_reset(v);
  return r;
}

size_t volume_name(const struct volume *v) {
  return v->p.cipher ? strlen(v->p.cipher) : 0;
}

void volume_end(struct volume *v) {
  free(v->p.cipher);
  free(v);
}

struct volume *volume_new(int device) {
  struct volume *v = calloc(1, sizeof *v);
  if (v)
    v->device = device;
  return v;
}
