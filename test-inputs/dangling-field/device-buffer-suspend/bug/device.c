// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bus.h"
#include <stdlib.h>
#include <string.h>

struct device *device_probe(unsigned id, size_t size) {
  struct device *d = calloc(1, sizeof *d);
  if (!d)
    return NULL;
  d->id = id;
  d->size = size;
  d->dma = bus_alloc(size);
  if (!d->dma) {
    free(d);
    return NULL;
  }
  return d;
}

int device_transfer(struct device *d, const void *p, size_t n) {
  if (d->suspended || n > d->size)
    return -1;
  memcpy(d->dma, p, n);
  d->moved += n;
  return (int)n;
}

int device_suspend(struct device *d) {
  if (d->suspended)
    return 0;
  device_log(d, "suspend");
  bus_release(d->dma);
  d->suspended = 1;
  return 0;
}

int device_resume(struct device *d) {
  if (!d->suspended)
    return 0;
  if (!d->dma) {
    d->dma = bus_alloc(d->size);
    if (!d->dma)
      return -1;
  }
  d->suspended = 0;
  device_log(d, "resume");
  return 0;
}

void device_remove(struct device *d) {
  if (d->dma)
    bus_release(d->dma);
  free(d);
}
