// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef INTERP_H
#define INTERP_H
#define MAXDEPTH 200
struct interp {
  long *frames[MAXDEPTH];
  int nlocals[MAXDEPTH];
  int depth;
  unsigned long calls;
};
struct interp *interp_new(void);
int interp_call(struct interp *in, int nlocals);
int interp_return(struct interp *in, long *result);
int interp_store(struct interp *in, int i, long v);
long interp_load(const struct interp *in, int i);
void interp_free(struct interp *in);
#endif
