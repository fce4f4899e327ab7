// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "vdict.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct vdict *top;

static struct vdict *new_value(void) {
  struct vdict *d = vdict_new();
  return d;
}

/* Runs when no client has sent anything for a while. */
static void on_idle(void) {
  vdict_step(top, 100);
}

int main(void) {
  char line[80];
  top = vdict_new();
  struct vdict *set = new_value();
  if (!top || !set)
    return 1;
  for (;;) {
    ssize_t n = read(0, line, sizeof line - 1);
    if (n <= 0)
      break;
    line[n] = '\0';
    long key = strtol(line + 1, NULL, 10);
    if (line[0] == 'a')
      vdict_add(set, key);
    else if (line[0] == 't')
      vdict_add(top, key);
    else if (line[0] == 'q')
      printf("%d\n", vdict_has(set, key));
    else
      on_idle();
  }
  return 0;
}
