// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>
#include <string.h>

enum rstate { R_IDLE, R_BODY };

struct post_req {
  enum rstate state;
  char *body RETSAN_LIVE_WHILE(state == R_BODY);
  size_t len, want;
  unsigned long posts, refused;
};

struct post_req *post_new(void) { return calloc(1, sizeof(struct post_req)); }

int post_begin(struct post_req *r, size_t want) {
  if (r->state != R_IDLE)
    return -1;
  char *body = malloc(want + 1);
  if (!body)
    return -1;
  free(r->body);
  r->body = body;
  r->len = 0;
  r->want = want;
  r->state = R_BODY;
  return 0;
}

int post_data(struct post_req *r, const char *p, size_t n) {
  if (r->state != R_BODY)
    return -1;
  if (n > r->want - r->len) {
    r->refused++;
    r->state = R_IDLE;
    return -1;
  }
  memcpy(r->body + r->len, p, n);
  r->len += n;
  return r->len == r->want;
}

long post_finish(struct post_req *r) {
  long sum = 0;
  if (r->state != R_BODY)
    return -1;
  for (size_t i = 0; i < r->len; i++)
    sum += (unsigned char)r->body[i];
  free(r->body);
  r->body = NULL;
  r->state = R_IDLE;
  r->posts++;
  return sum;
}

unsigned long post_count(const struct post_req *r) { return r->posts; }

void post_free(struct post_req *r) {
  free(r->body);
  free(r);
}
