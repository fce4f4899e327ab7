// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
  int op;
  char *from_file;
  char *to_file;
};

static int parse(struct job *j, int argc, char **argv) {
  for (int i = 1; i < argc; i++)
    if (strncmp(argv[i], "--from=", 7) == 0) {
      free(j->from_file);
      j->from_file = strdup(argv[i] + 7);
      j->op = 1;
    } else if (strncmp(argv[i], "--to=", 5) == 0) {
      free(j->to_file);
      j->to_file = strdup(argv[i] + 5);
    } else {
      return -1;
    }
  return 0;
}

static void run(const struct job *j) { printf("%d %s\n", j->op, j->to_file ? j->to_file : "-"); }

int main(int argc, char **argv) {
  struct job *j = calloc(1, sizeof *j);
  if (!j || parse(j, argc, argv) < 0)
    return 1;
  run(j);
  free(j->from_file);
  free(j->to_file);
  free(j);
  return 0;
}
