// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codec.h"
#include <stdio.h>
#include <stdlib.h>

struct stream *stream_new(const struct codec_ops *ops, unsigned rate) {
  struct stream *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  s->ops = ops;
  s->rate = rate;
  return s;
}

int stream_write(struct stream *s, const short *pcm, size_t n) {
  if (s->muted)
    return (int)n;
  if (!s->priv && s->ops->init(s) < 0) {
    fprintf(stderr, "%s: no context\n", s->ops->name);
    return -1;
  }
  return s->ops->write(s, pcm, n);
}

void stream_mute(struct stream *s, int on) { s->muted = on; }

void stream_stop(struct stream *s) {
  if (!s->priv)
    return;
  s->ops->shutdown(s);
  s->rate = 0;
}

void stream_free(struct stream *s) {
  stream_stop(s);
  free(s);
}
