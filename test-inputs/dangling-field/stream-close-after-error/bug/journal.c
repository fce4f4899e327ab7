// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdio.h>
#include <stdlib.h>

struct journal {
  FILE *fp;
  unsigned long lines;
  int failed;
};

struct journal *journal_open(const char *path) {
  struct journal *j = calloc(1, sizeof *j);
  if (!j)
    return NULL;
  j->fp = fopen(path, "a");
  if (!j->fp) {
    free(j);
    return NULL;
  }
  return j;
}

int journal_write(struct journal *j, const char *line) {
  if (j->failed)
    return -1;
  if (fputs(line, j->fp) == EOF) {
    fclose(j->fp);
    j->failed = 1;
    return -1;
  }
  j->lines++;
  return 0;
}

void journal_close(struct journal *j) {
  if (j->fp)
    fclose(j->fp);
  free(j);
}
