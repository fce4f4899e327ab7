// A failed start frees the table of the channels, which are lost with it, and
// the radio: nobody reaches a channel that still points to the radio.
#include <stdlib.h>
#include <string.h>

struct radio;

struct channel {
  struct radio *radio;
  int number;
};

struct radio {
  struct channel **channels;
  unsigned num;
  char *name;
};

int tune(struct radio *r, int number);

static struct channel *channel_new(struct radio *r, int n) {
  struct channel *c = calloc(1, sizeof *c);
  if (!c)
    return NULL;
  c->radio = r;
  c->number = n;
  return c;
}

struct radio *radio_new(const char *name, unsigned num) {
  struct radio *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  r->name = strdup(name);
  if (!r->name)
    goto fail;
  r->num = num;
  r->channels = calloc(num, sizeof *r->channels);
  if (!r->channels)
    goto fail;
  for (unsigned i = 0; i < num; i++) {
    r->channels[i] = channel_new(r, (int)i);
    if (!r->channels[i])
      goto fail;
  }
  return r;
fail:
  free(r->name);
  free(r->channels);
  free(r);
  return NULL;
}

int channel_tune(struct channel *c) {
  c->number++;
  return tune(c->radio, c->number);
}

struct channel *radio_channel(struct radio *r, unsigned i) {
  return i < r->num ? r->channels[i] : NULL;
}

void radio_free(struct radio *r) {
  if (!r)
    return;
  for (unsigned i = 0; i < r->num; i++)
    free(r->channels[i]);
  free(r->channels);
  free(r->name);
  free(r);
}

const char *radio_name(const struct radio *r) { return r->name; }
