// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef WALK_H
#define WALK_H
#include <stddef.h>
struct walk_job;
struct walk_module {
  int (*init)(struct walk_job *job);
  void (*visit)(struct walk_job *job, unsigned key);
  void (*finalize)(struct walk_job *job);
};
struct walk_job {
  const struct walk_module *mod;
  void *data;
  unsigned long seen;
};
extern const struct walk_module expire_module;
extern const struct walk_module count_module;
int walk_begin(const struct walk_module *mod);
void walk_step(unsigned key);
void walk_end(void);
unsigned long walk_seen(void);
#endif
