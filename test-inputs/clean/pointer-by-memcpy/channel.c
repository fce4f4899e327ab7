// free_slot takes the address of a pointer as `void *`, and reads and clears the
// pointer by memcpy.
#include <stdlib.h>
#include <string.h>

struct data {
  char *file;
  int blocks;
};

struct channel {
  struct data *private;
};

static void free_slot(void *slot) {
  void *p;
  memcpy(&p, slot, sizeof p);
  free(p);
  p = NULL;
  memcpy(slot, &p, sizeof p);
}

struct channel *channel_open(const char *file) {
  struct channel *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->private = calloc(1, sizeof *c->private);
  if (c->private)
    c->private->file = strdup(file);
  return c;
}

int channel_size(const struct channel *c) {
  return c->private && c->private->file ? (int)strlen(c->private->file) : 0;
}

void channel_close_file(struct channel *c) {
  struct data *d = c->private;
  if (d->file)
    free_slot(&d->file);
  d->blocks = 0;
}

void channel_close(struct channel *c) {
  struct data *d = c->private;
  free(d->file);
  free_slot(&c->private);
  free(c);
}
