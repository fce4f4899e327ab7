#include <stdlib.h>
#include <string.h>

struct pass {
  unsigned char *code;
  size_t used, room;
  int rules;
};

struct pass *pass_new(size_t room) {
  struct pass *p = calloc(1, sizeof *p);
  if (!p)
    return NULL;
  p->code = malloc(room);
  if (!p->code) {
    free(p);
    return NULL;
  }
  p->room = room;
  return p;
}

int pass_add(struct pass *p, const unsigned char *code, size_t n) {
  if (p->used + n > p->room)
    return 0;
  memcpy(p->code + p->used, code, n);
  p->used += n;
  p->rules++;
  return 1;
}

int pass_trim(struct pass *p) {
  unsigned char *fit = realloc(p->code, p->used);
  if (!fit) {
    free(p->code);
    p->code = NULL;
    p->used = p->room = 0;
    return 0;
  }
  if (fit != p->code)
    p->code = fit;
  p->room = p->used;
  return 1;
}

int pass_first(const struct pass *p) { return p->used ? p->code[0] : -1; }

void pass_free(struct pass *p) {
  if (!p)
    return;
  free(p->code);
  free(p);
}
