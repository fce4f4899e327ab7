// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "db.h"
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  char line[100];
  if (db_setup(argc > 1 ? argv[1] : "names.db") < 0)
    return 1;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = '\0';
    if (!db_has(line))
      db_add(line);
  }
  printf("%d names\n", db.n);
  db_teardown();
  return 0;
}
