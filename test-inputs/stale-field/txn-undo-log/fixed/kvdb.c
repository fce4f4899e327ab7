// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A tiny store with one level of transactions.
#include <stdlib.h>
#include <string.h>

#define SLOTS 256

struct change {
  unsigned slot;
  long before;
};

struct kvdb {
  long value[SLOTS];
  struct change *undo;
  size_t nundo;
  int in_txn;
  unsigned long commits;
};

struct kvdb *kvdb_open(void) { return calloc(1, sizeof(struct kvdb)); }

int kvdb_begin(struct kvdb *db) {
  if (db->in_txn)
    return -1;
  db->undo = malloc(SLOTS * sizeof *db->undo);
  if (!db->undo)
    return -1;
  db->nundo = 0;
  db->in_txn = 1;
  return 0;
}

int kvdb_set(struct kvdb *db, unsigned slot, long value) {
  if (slot >= SLOTS)
    return -1;
  if (db->in_txn) {
    if (db->nundo == SLOTS)
      return -1;
    db->undo[db->nundo].slot = slot;
    db->undo[db->nundo].before = db->value[slot];
    db->nundo++;
  }
  db->value[slot] = value;
  return 0;
}

long kvdb_get(const struct kvdb *db, unsigned slot) {
  return slot < SLOTS ? db->value[slot] : 0;
}

int kvdb_rollback(struct kvdb *db) {
  if (!db->in_txn)
    return -1;
  while (db->nundo > 0) {
    db->nundo--;
    db->value[db->undo[db->nundo].slot] = db->undo[db->nundo].before;
  }
  free(db->undo);
  db->undo = NULL;
  db->in_txn = 0;
  return 0;
}

int kvdb_commit(struct kvdb *db) {
  if (!db->in_txn)
    return -1;
  free(db->undo);
  db->undo = NULL;
  db->nundo = 0;
  db->in_txn = 0;
  db->commits++;
  return 0;
}

unsigned long kvdb_commits(const struct kvdb *db) { return db->commits; }

void kvdb_close(struct kvdb *db) {
  free(db->undo);
  free(db);
}
