// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef BUS_H
#define BUS_H
#include <stddef.h>
void *bus_alloc(size_t n);
void bus_release(void *p);
struct device;
void device_log(const struct device *d, const char *what);
struct device {
  unsigned id;
  int suspended;
  void *dma;
  size_t size;
  unsigned long moved;
};
struct device *device_probe(unsigned id, size_t size);
int device_transfer(struct device *d, const void *p, size_t n);
int device_suspend(struct device *d);
int device_resume(struct device *d);
void device_remove(struct device *d);
#endif
