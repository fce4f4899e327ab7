// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "game.h"
#include <stdlib.h>
#include <string.h>

struct level_loader loader;

int level_begin(size_t total) {
  if (loader.stage != MENU || total < sizeof loader.tiles)
    return -1;
  loader.staging = malloc(total);
  if (!loader.staging)
    return -1;
  loader.total = total;
  loader.filled = 0;
  loader.stage = LOADING;
  return 0;
}

int level_feed(const void *data, size_t n) {
  if (loader.stage != LOADING || n > loader.total - loader.filled)
    return -1;
  memcpy(loader.staging + loader.filled, data, n);
  loader.filled += n;
  return 0;
}

int level_enter(void) {
  if (loader.stage != LOADING || loader.filled < loader.total)
    return -1;
  memcpy(loader.tiles, loader.staging, sizeof loader.tiles);
  free(loader.staging);
  loader.staging = NULL;
  loader.stage = PLAYING;
  return 0;
}
