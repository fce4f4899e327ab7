// Only what this unit sees wholly: a record of a header is not reported, the same
// record in the source file is; nor is what a variable of another unit guards.
// RUN: %check %s -- -I%inputs | FileCheck-19 %s --implicit-check-not=warning:

#include "shared.h"
#include <stdlib.h>
#include <string.h>

struct shared *shared_new(void) { return calloc(1, sizeof(struct shared)); }
int shared_set(struct shared *s, const char *t) {
  if (s->on)
    return -1;
  free(s->text);
  s->text = strdup(t);
  if (!s->text)
    return -1;
  s->on = 1;
  return 0;
}
size_t shared_len(struct shared *s) { return s->on ? strlen(s->text) : 0; }
void shared_off(struct shared *s) {
  if (!s->on)
    return;
  s->on = 0;
  free(s->text);
}

struct own {
  char *text;
  int on;
};
struct own *own_new(void) { return calloc(1, sizeof(struct own)); }
int own_set(struct own *s, const char *t) {
  if (s->on)
    return -1;
  free(s->text);
  s->text = strdup(t);
  if (!s->text)
    return -1;
  s->on = 1;
  return 0;
}
size_t own_len(struct own *s) { return s->on ? strlen(s->text) : 0; }
void own_off(struct own *s) {
  if (!s->on)
    return;
  s->on = 0;
  // CHECK: :[[#@LINE+1]]:{{[0-9]+}}: warning: 'own.text' is freed
  free(s->text);
}

// Other units may set this variable.
char *everybodys;
static char *guarded;
void guarded_set(const char *t) {
  if (phase_of_all)
    return;
  free(guarded);
  guarded = strdup(t);
  phase_of_all = 1;
}
size_t guarded_len(void) { return phase_of_all ? strlen(guarded) : 0; }
void guarded_off(void) { phase_of_all = 0; }
