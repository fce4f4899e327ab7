// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "store.h"
#include <stdlib.h>

struct store *store_open(const char *name) {
  struct store *s = calloc(1, sizeof *s);
  if (!s)
    return NULL;
  if (sqlite3_open(name, &s->db) != 0) {
    sqlite3_close(s->db);
    free(s);
    return NULL;
  }
  return s;
}

int store_add(struct store *s, const char *word) {
  if (!s->insert) {
    if (sqlite3_prepare_v2(s->db, "insert into words values(?)", -1, &s->insert, NULL) != 0)
      return -1;
  }
  sqlite3_bind_text(s->insert, 1, word, -1, NULL);
  if (sqlite3_step(s->insert) != 101) {
    sqlite3_reset(s->insert);
    return -1;
  }
  sqlite3_reset(s->insert);
  s->rows++;
  return 0;
}

void store_close(struct store *s) {
  if (s->insert)
    sqlite3_finalize(s->insert);
  sqlite3_close(s->db);
  free(s);
}
