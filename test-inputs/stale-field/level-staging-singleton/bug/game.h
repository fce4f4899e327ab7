// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef GAME_H
#define GAME_H
#include <stddef.h>
enum stage { MENU, LOADING, PLAYING };
struct level_loader {
  enum stage stage;
  unsigned char *staging;
  size_t filled, total;
  unsigned tiles[64 * 64];
  unsigned long ticks;
};
extern struct level_loader loader;
int level_begin(size_t total);
int level_feed(const void *data, size_t n);
int level_enter(void);
void level_tick(void);
unsigned level_tile(unsigned x, unsigned y);
int level_percent(void);
void level_leave(void);
#endif
