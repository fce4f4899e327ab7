// The buffer is read in the second phase by a function that is too long to be
// followed to its end.
#include <stdlib.h>
#include <string.h>

struct report {
  int sealed;
  char *text;
  int score;
};

int weigh(int what, const char *text);

#define RULE(n)                                                                \
  if (weigh(n, "rule"))                                                        \
    sum += n;
#define RULES(n) RULE(n) RULE(n + 1) RULE(n + 2) RULE(n + 3) RULE(n + 4)
#define MORE(n) RULES(n) RULES(n + 5) RULES(n + 10) RULES(n + 15) RULES(n + 20)
#define MOST(n) MORE(n) MORE(n + 25) MORE(n + 50) MORE(n + 75) MORE(n + 100)

static int rate(const char *text) {
  int sum = 0;
  MOST(0)
  MOST(125)
  MOST(250)
  MOST(375)
  MOST(500)
  return sum + weigh(1000, text);
}

struct report *report_new(const char *text) {
  struct report *r = calloc(1, sizeof *r);
  if (!r)
    return NULL;
  r->text = strdup(text);
  if (!r->text) {
    free(r);
    return NULL;
  }
  return r;
}

void report_seal(struct report *r) {
  if (r->sealed)
    return;
  r->score = (int)strlen(r->text);
  r->sealed = 1;
}

int report_rate(struct report *r) {
  if (!r->sealed)
    return -1;
  r->score += rate(r->text);
  return r->score;
}

void report_free(struct report *r) {
  if (!r)
    return;
  free(r->text);
  free(r);
}

int main(int argc, char **argv) {
  struct report *r = report_new(argv[0]);
  if (!r)
    return 1;
  for (int i = 0; i < argc; i++) {
    report_seal(r);
    report_rate(r);
  }
  report_free(r);
  return 0;
}
