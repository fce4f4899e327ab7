// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Decodes images row by row with a run-length code.
#include <stdlib.h>
#include <string.h>

struct decoder {
  unsigned width, height, y;
  int active;
  unsigned errors;
  unsigned char *row;
  unsigned long checksum;
};

struct decoder *decoder_create(void) { return calloc(1, sizeof(struct decoder)); }

int decoder_begin(struct decoder *d, unsigned width, unsigned height) {
  if (d->active || width == 0 || width > 65535)
    return -1;
  unsigned char *row = malloc(width);
  if (!row)
    return -1;
  free(d->row);
  d->row = row;
  d->width = width;
  d->height = height;
  d->y = 0;
  d->active = 1;
  return 0;
}

static int unpack(unsigned char *row, unsigned width, const unsigned char *in, size_t n) {
  unsigned x = 0;
  for (size_t i = 0; i + 1 < n; i += 2) {
    if (x + in[i] > width)
      return -1;
    memset(row + x, in[i + 1], in[i]);
    x += in[i];
  }
  return x == width ? 0 : -1;
}

int decoder_row(struct decoder *d, const unsigned char *in, size_t n) {
  if (!d->active)
    return -1;
  if (unpack(d->row, d->width, in, n) < 0) {
    d->errors++;
    d->active = 0;
    return -1;
  }
  for (unsigned x = 0; x < d->width; x++)
    d->checksum = d->checksum * 31 + d->row[x];
  if (++d->y == d->height) {
    free(d->row);
    d->row = NULL;
    d->active = 0;
  }
  return 0;
}

unsigned decoder_errors(const struct decoder *d) { return d->errors; }
unsigned long decoder_checksum(const struct decoder *d) { return d->checksum; }

void decoder_destroy(struct decoder *d) {
  if (d)
    free(d->row);
  free(d);
}
