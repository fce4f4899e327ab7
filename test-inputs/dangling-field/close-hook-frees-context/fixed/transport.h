// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef TRANSPORT_H
#define TRANSPORT_H
#include <stddef.h>
struct transport;
struct transport_ops {
  int (*open)(struct transport *t);
  long (*write)(struct transport *t, const void *p, size_t n);
  void (*close)(struct transport *t);
};
struct transport {
  const struct transport_ops *ops;
  void *ctx;
  int resets;
};
extern const struct transport_ops memory_ops;
struct transport *transport_new(const struct transport_ops *ops);
long transport_write(struct transport *t, const void *p, size_t n);
void transport_reset(struct transport *t);
int transport_resets(const struct transport *t);
void transport_free(struct transport *t);
#endif
