// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef DB_H
#define DB_H
struct db {
  char **names;
  int n, cap;
  char *path;
};
extern struct db db;
int db_setup(const char *path);
int db_add(const char *name);
int db_has(const char *name);
void db_teardown(void);
#endif
