// All rounds of the loop run, for what it costs tells nothing then; the point
// of the first that finds one is kept, those of later rounds are freed.
#include <stdlib.h>

struct point {
  int x, y;
};

struct session {
  int step;
  struct point *base;
};

int draw(int round);
struct point *point_even(int value);
struct point *point_odd(int value);
void point_free(struct point *p);

struct point *point_even(int value) {
  struct point *p = malloc(sizeof *p);
  if (p)
    p->x = value, p->y = 0;
  return p;
}

struct point *point_odd(int value) {
  struct point *p = malloc(sizeof *p);
  if (p)
    p->x = value, p->y = 1;
  return p;
}

void point_free(struct point *p) { free(p); }

struct session *session_new(void) { return calloc(1, sizeof(struct session)); }

int session_begin(struct session *s) {
  int found = 0, round = 0;
  if (s->step != 0)
    return -1;
  while (round < 20) {
    struct point *p = NULL;
    int value = draw(round);
    round++;
    if (!(value & 1))
      p = point_even(value);
    else
      p = point_odd(value);
    if (!p)
      continue;
    if (!found) {
      found = 1;
      s->base = p;
    } else
      point_free(p);
  }
  s->step = 1;
  return found ? 0 : -1;
}

int session_go(struct session *s) {
  if (s->step != 1 || !s->base)
    return -1;
  return s->base->x + s->base->y;
}

void session_free(struct session *s) {
  if (!s)
    return;
  if (s->base)
    point_free(s->base);
  free(s);
}
