#include <stdlib.h>
#include <string.h>

/* A question to another host. Two answers come, in any order; a failed step
 * drops both, and the next message starts anew. */
struct exchange {
  char *first;
  char *second;
  unsigned flags;
};

struct exchange *exchange_new(void) { return calloc(1, sizeof(struct exchange)); }

static char *copy(const char *s) {
  char *r = malloc(strlen(s) + 1);
  if (r)
    strcpy(r, s);
  return r;
}

int exchange_first(struct exchange *x, const char *s) {
  if (x->first)
    return -1;
  x->first = copy(s);
  return x->first ? 0 : -1;
}

int exchange_second(struct exchange *x, const char *s) {
  if (x->second)
    return -1;
  x->second = copy(s);
  return x->second ? 0 : -1;
}

size_t exchange_size(const struct exchange *x) {
  return (x->first ? strlen(x->first) : 0) +
         (x->second ? strlen(x->second) : 0) + x->flags;
}

int exchange_step(struct exchange *x, int failed) {
  if (failed) {
    free(x->first);
    x->first = NULL;
    free(x->second);
    return -1;
  }
  ++x->flags;
  return 0;
}

void exchange_free(struct exchange *x) {
  free(x->first);
  free(x->second);
  free(x);
}
