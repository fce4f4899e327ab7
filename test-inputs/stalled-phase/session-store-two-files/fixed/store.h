// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef STORE_H
#define STORE_H
struct gen {
  unsigned n;
  struct {
    unsigned id;
    char data[60];
  } s[512];
};
struct session_store {
  struct gen *cur_gen;
  struct gen *prev_gen;
  unsigned copied;
};
struct session_store *store_new(void);
int store_rotate(struct session_store *st);
int store_save(struct session_store *st, unsigned id, const char *data);
const char *store_load(struct session_store *st, unsigned id);
void store_copy_some(struct session_store *st, unsigned k);
void store_free(struct session_store *st);
#endif
