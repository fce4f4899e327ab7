// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "game.h"

void level_tick(void) {
  if (loader.stage == PLAYING)
    loader.ticks++;
}

unsigned level_tile(unsigned x, unsigned y) {
  if (loader.stage != PLAYING)
    return 0;
  return loader.tiles[(y % 64) * 64 + x % 64];
}

int level_percent(void) {
  return loader.total ? (int)(loader.filled * 100 / loader.total) : 0;
}

void level_leave(void) {
  if (loader.stage == PLAYING)
    loader.stage = MENU;
}
