// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

struct ring {
  uint32_t head, tail;
  uint32_t cell[1022];
};

struct device {
  struct ring *ring;
  size_t size;
  int running;
  unsigned long frames;
};

struct device *device_new(void) {
  struct device *d = calloc(1, sizeof *d);
  if (d)
    d->size = sizeof(struct ring);
  return d;
}

int device_start(struct device *d) {
  if (d->running)
    return 0;
  void *p = mmap(NULL, d->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return -1;
  d->ring = p;
  d->running = 1;
  return 0;
}

int device_poll(struct device *d, uint32_t *out) {
  if (!d->ring)
    return -1;
  if (d->ring->head == d->ring->tail)
    return 0;
  *out = d->ring->cell[d->ring->head++ % 1022];
  d->frames++;
  return 1;
}

void device_stop(struct device *d) {
  if (!d->running)
    return;
  d->running = 0;
  munmap(d->ring, d->size);
  d->ring = NULL;
}

unsigned long device_frames(const struct device *d) { return d->frames; }

void device_free(struct device *d) {
  device_stop(d);
  free(d);
}
