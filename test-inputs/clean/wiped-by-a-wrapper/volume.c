// A failed load frees what it has made and wipes the part of the object that
// held it, by a function that does what explicit_bzero does.
#include <stdlib.h>
#include <string.h>

struct integrity {
  char *journal;
  char *mac;
  int blocks;
};

struct volume {
  char *name;
  int loaded;
  struct integrity integrity;
};

char *read_name(int what);

static void wipe(void *data, size_t size) {
  if (!data)
    return;
  explicit_bzero(data, size);
}

static void volume_forget(struct volume *v) {
  v->loaded = 0;
  wipe(&v->integrity, sizeof(v->integrity));
}

struct volume *volume_new(void) { return calloc(1, sizeof(struct volume)); }

int volume_load(struct volume *v, int blocks) {
  if (v->loaded)
    return -1;
  v->integrity.journal = strdup("journal");
  v->integrity.mac = strdup("mac");
  v->integrity.blocks = blocks;
  v->loaded = 1;
  if (!v->integrity.journal || !v->integrity.mac || blocks < 0)
    goto fail;
  return 0;
fail:
  free(v->integrity.journal);
  free(v->integrity.mac);
  volume_forget(v);
  return -1;
}

size_t volume_size(const struct volume *v) {
  return v->loaded ? strlen(v->integrity.journal) + strlen(v->integrity.mac)
                   : 0;
}

void volume_free(struct volume *v) {
  free(v->integrity.journal);
  free(v->integrity.mac);
  free(v);
}
