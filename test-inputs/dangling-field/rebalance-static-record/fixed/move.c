// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Moves the chunks of one page; progress is kept in one static record.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct page_move {
  unsigned char *start;
  unsigned char *end;
  unsigned char *pos;
  unsigned from, to;
  uint8_t *completed;
  unsigned busy;
  int done;
};

static struct page_move mover;
static int signal_state; /* 0 idle, 1 start wanted, 2 running */
static unsigned moves;

#define CHUNK 256u
#define PAGE (CHUNK * 64u)

int move_request(unsigned char *page, unsigned from, unsigned to) {
  if (signal_state != 0)
    return -1;
  mover.start = page;
  mover.end = page + PAGE;
  mover.pos = page;
  mover.from = from;
  mover.to = to;
  signal_state = 1;
  return 0;
}

static int move_start(void) {
  mover.completed = calloc(PAGE / CHUNK, 1);
  if (!mover.completed)
    return -1;
  mover.done = 0;
  mover.busy = 0;
  signal_state = 2;
  return 0;
}

static void move_chunk(void) {
  size_t i = (size_t)(mover.pos - mover.start) / CHUNK;
  if (!mover.completed[i]) {
    memset(mover.pos, 0, CHUNK);
    mover.completed[i] = 1;
  } else {
    mover.busy++;
  }
  mover.pos += CHUNK;
  if (mover.pos >= mover.end)
    mover.done = 1;
}

static void move_finish(void) {
  mover.done = 0;
  mover.from = 0;
  mover.to = 0;
  mover.start = NULL;
  mover.end = NULL;
  mover.pos = NULL;
  free(mover.completed);
  mover.completed = NULL;
  signal_state = 0;
  moves++;
}

void move_poll(void) {
  if (signal_state == 1) {
    if (move_start() < 0)
      signal_state = 0;
  } else if (signal_state == 2) {
    if (mover.done)
      move_finish();
    else
      move_chunk();
  }
}

unsigned move_count(void) { return moves; }
