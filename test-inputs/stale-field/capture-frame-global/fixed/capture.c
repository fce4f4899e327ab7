// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint8_t *frame;
static size_t frame_size;
static int capturing;
static unsigned changed, seen;

int capture_start(size_t w, size_t h) {
  uint8_t *fresh;
  if (capturing)
    return -1;
  fresh = calloc(w, h);
  if (!fresh)
    return -1;
  free(frame);
  frame = fresh;
  frame_size = w * h;
  changed = seen = 0;
  capturing = 1;
  return 0;
}

int capture_feed(const uint8_t *pixels, size_t n) {
  if (!capturing || n != frame_size)
    return -1;
  seen++;
  if (memcmp(frame, pixels, n) != 0) {
    memcpy(frame, pixels, n);
    changed++;
    return 1;
  }
  return 0;
}

void capture_stop(void) {
  if (!capturing)
    return;
  printf("%u of %u frames changed\n", changed, seen);
  free(frame);
  frame = NULL;
  capturing = 0;
}

unsigned capture_changed(void) { return changed; }
