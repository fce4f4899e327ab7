// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A parser object that is reused: feed, finish, ask for the result, start again.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum pstate { P_IDLE, P_READING, P_DONE, P_FAILED };

struct json_parser {
  enum pstate state;
  char *text;
  size_t len, pos;
  long sum;
  size_t error_at;
};

struct json_parser *jp_new(void) {
  struct json_parser *p = calloc(1, sizeof *p);
  return p;
}

int jp_start(struct json_parser *p, const char *src) {
  if (p->state == P_READING)
    return -1;
  free(p->text);
  p->text = strdup(src);
  if (!p->text) {
    p->state = P_IDLE;
    return -1;
  }
  p->len = strlen(src);
  p->pos = 0;
  p->sum = 0;
  p->state = P_READING;
  return 0;
}

/* Consumes one number; 1 while there is more. */
int jp_step(struct json_parser *p) {
  if (p->state != P_READING)
    return 0;
  while (p->pos < p->len && isspace((unsigned char)p->text[p->pos]))
    p->pos++;
  if (p->pos == p->len) {
    p->state = P_DONE;
    return 0;
  }
  if (!isdigit((unsigned char)p->text[p->pos])) {
    p->error_at = p->pos;
    p->state = P_FAILED;
    return 0;
  }
  char *end;
  p->sum += strtol(p->text + p->pos, &end, 10);
  p->pos = (size_t)(end - p->text);
  return 1;
}

int jp_result(const struct json_parser *p, long *sum) {
  if (p->state != P_DONE)
    return -1;
  *sum = p->sum;
  return 0;
}

size_t jp_error_at(const struct json_parser *p) {
  return p->state == P_FAILED ? p->error_at : 0;
}

void jp_free(struct json_parser *p) {
  if (!p)
    return;
  free(p->text);
  free(p);
}
