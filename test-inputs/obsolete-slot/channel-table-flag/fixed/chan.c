// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>

struct snd_dev {
  int refs;
  char name[32];
};

struct chan {
  int open;
  struct snd_dev *dev;
  int volume;
};

struct mixer {
  struct chan chans[32];
  unsigned busy;
};

void snd_put(struct snd_dev *d) {
  if (d && --d->refs == 0)
    free(d);
}

struct mixer *mixer_new(void) { return calloc(1, sizeof(struct mixer)); }

int chan_open(struct mixer *m, unsigned i, struct snd_dev *d) {
  struct chan *c;
  if (i >= 32)
    return -1;
  c = &m->chans[i];
  if (c->open)
    return -1;
  snd_put(c->dev);
  d->refs++;
  c->dev = d;
  c->volume = 100;
  c->open = 1;
  m->busy++;
  return 0;
}

const char *chan_name(const struct mixer *m, unsigned i) {
  const struct chan *c = &m->chans[i];
  return c->open ? c->dev->name : "-";
}

void chan_close(struct mixer *m, unsigned i) {
  struct chan *c = &m->chans[i];
  if (i >= 32 || !c->open)
    return;
  c->open = 0;
  snd_put(c->dev);
  c->dev = NULL;
  m->busy--;
}

void mixer_free(struct mixer *m) {
  for (int i = 0; i < 32; i++)
    snd_put(m->chans[i].dev);
  free(m);
}
