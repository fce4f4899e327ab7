// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "store.h"
#include <stdio.h>

int store_flush(struct store *s) {
  if (s->rows == 0)
    return 0;
  if (s->insert) {
    sqlite3_finalize(s->insert);
  }
  if (sqlite3_exec(s->db, "pragma wal_checkpoint(truncate)", NULL, NULL, NULL) != 0) {
    fprintf(stderr, "checkpoint failed after %u rows\n", s->rows);
    return -1;
  }
  s->flushes++;
  s->rows = 0;
  return 1;
}
