// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum hstate { H_OK, H_FAILING };

struct health {
  enum hstate state;
  char *last_error;
  unsigned failures, recoveries;
};

struct health *health_new(void) { return calloc(1, sizeof(struct health)); }

int health_fail(struct health *h, const char *why) {
  char *copy = strdup(why);
  if (!copy)
    return -1;
  free(h->last_error);
  h->last_error = copy;
  h->state = H_FAILING;
  h->failures++;
  return 0;
}

int health_should_retry(const struct health *h) {
  return h->state == H_FAILING && strstr(h->last_error, "timeout") != NULL;
}

void health_recover(struct health *h) {
  if (h->state != H_FAILING)
    return;
  h->state = H_OK;
  h->recoveries++;
}

void health_status(const struct health *h, FILE *out) {
  fprintf(out, "state %s failures %u recoveries %u last \"%s\"\n", h->state == H_OK ? "ok" : "failing",
          h->failures, h->recoveries, h->last_error ? h->last_error : "");
}

void health_free(struct health *h) {
  free(h->last_error);
  free(h);
}
