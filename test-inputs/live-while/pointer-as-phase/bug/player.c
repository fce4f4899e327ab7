// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>

struct track {
  int id;
};

struct player {
  struct track *track;
  short *pcm RETSAN_LIVE_WHILE(track != NULL);
  unsigned at;
};

struct player *player_new(void) { return calloc(1, sizeof(struct player)); }

int player_insert(struct player *p, struct track *t) {
  if (p->track || !t)
    return -1;
  p->pcm = calloc(4096, sizeof *p->pcm);
  if (!p->pcm)
    return -1;
  p->track = t;
  p->at = 0;
  return 0;
}

int player_sample(struct player *p) { return p->track ? p->pcm[p->at++ % 4096] : 0; }

void player_eject(struct player *p) {
  if (!p->track)
    return;
  p->track = NULL;
}

void player_free(struct player *p) {
  free(p->pcm);
  free(p);
}
