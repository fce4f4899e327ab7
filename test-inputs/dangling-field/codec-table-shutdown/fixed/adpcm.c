// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codec.h"
#include <stdlib.h>

struct adpcm {
  int index;
  short last;
  unsigned char out[512];
};

static int adpcm_init(struct stream *s) {
  struct adpcm *a = calloc(1, sizeof *a);
  if (!a)
    return -1;
  a->index = s->rate > 22050 ? 8 : 4;
  s->priv = a;
  return 0;
}

static int adpcm_write(struct stream *s, const short *pcm, size_t n) {
  struct adpcm *a = s->priv;
  for (size_t i = 0; i < n; i++) {
    a->out[i % sizeof a->out] = (unsigned char)((pcm[i] - a->last) >> a->index);
    a->last = pcm[i];
  }
  s->frames += n;
  return (int)n;
}

static void adpcm_shutdown(struct stream *s) {
  free(s->priv);
  s->priv = NULL;
}

const struct codec_ops adpcm_ops = {"adpcm", adpcm_init, adpcm_write, adpcm_shutdown};
