// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef REPLICA_H
#define REPLICA_H
#include <stddef.h>
enum rstate { R_OFFLINE, R_SYNC, R_ONLINE };
struct replica {
  enum rstate state;
  char *snapshot;
  size_t have, want;
  unsigned long keys, applied;
};
struct replica *replica_new(void);
int repl_start(struct replica *r, size_t bytes);
int repl_data(struct replica *r, const char *p, size_t n);
int repl_finish(struct replica *r);
int repl_apply(struct replica *r, const char *command);
void repl_disconnect(struct replica *r);
void replica_free(struct replica *r);
unsigned long snapshot_count_keys(const char *p, size_t n);
#endif
