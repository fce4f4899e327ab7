// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef STORE_H
#define STORE_H
typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
int sqlite3_open(const char *name, sqlite3 **db);
int sqlite3_close(sqlite3 *db);
int sqlite3_prepare_v2(sqlite3 *db, const char *sql, int n, sqlite3_stmt **out, const char **tail);
int sqlite3_bind_text(sqlite3_stmt *s, int i, const char *t, int n, void (*d)(void *));
int sqlite3_step(sqlite3_stmt *s);
int sqlite3_reset(sqlite3_stmt *s);
int sqlite3_finalize(sqlite3_stmt *s);
int sqlite3_exec(sqlite3 *db, const char *sql, void *cb, void *arg, char **err);

struct store {
  sqlite3 *db;
  sqlite3_stmt *insert;
  unsigned rows;
  unsigned flushes;
};
struct store *store_open(const char *name);
int store_add(struct store *s, const char *word);
int store_flush(struct store *s);
void store_close(struct store *s);
#endif
