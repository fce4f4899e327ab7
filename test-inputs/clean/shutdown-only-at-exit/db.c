// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "db.h"
#include <stdlib.h>
#include <string.h>

struct db db;

int db_setup(const char *path) {
  db.path = strdup(path);
  return db.path ? 0 : -1;
}

int db_add(const char *name) {
  if (db.n == db.cap) {
    int cap = db.cap ? db.cap * 2 : 8;
    char **more = realloc(db.names, (size_t)cap * sizeof *more);
    if (!more)
      return -1;
    db.names = more;
    db.cap = cap;
  }
  db.names[db.n] = strdup(name);
  return db.names[db.n++] ? 0 : -1;
}

int db_has(const char *name) {
  for (int i = 0; i < db.n; i++)
    if (db.names[i] && strcmp(db.names[i], name) == 0)
      return 1;
  return 0;
}

void db_teardown(void) {
  for (int i = 0; i < db.n; i++)
    free(db.names[i]);
  free(db.names);
  free(db.path);
}
