// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "timer.h"
#include <stdio.h>

static void print_payload(const void *payload, size_t len) {
  printf("%.*s\n", (int)len, (const char *)payload);
}

int main(void) {
  struct timer *t = timer_new(print_payload);
  if (!t)
    return 1;
  char line[128];
  unsigned long now = 0;
  while (fgets(line, sizeof line, stdin)) {
    if (line[0] == 'a')
      timer_arm(t, now + 3, line, sizeof line / 2);
    else if (line[0] == 'c')
      timer_cancel(t);
    timer_tick(t, ++now);
  }
  printf("%lu\n", timer_fired(t));
  timer_delete(t);
  return 0;
}
