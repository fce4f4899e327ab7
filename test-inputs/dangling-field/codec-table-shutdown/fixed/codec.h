// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef CODEC_H
#define CODEC_H
#include <stddef.h>
struct stream;
struct codec_ops {
  const char *name;
  int (*init)(struct stream *s);
  int (*write)(struct stream *s, const short *pcm, size_t n);
  void (*shutdown)(struct stream *s);
};
struct stream {
  const struct codec_ops *ops;
  void *priv;
  unsigned rate;
  unsigned long frames;
  int muted;
};
extern const struct codec_ops adpcm_ops;
struct stream *stream_new(const struct codec_ops *ops, unsigned rate);
int stream_write(struct stream *s, const short *pcm, size_t n);
void stream_stop(struct stream *s);
void stream_free(struct stream *s);
#endif
