// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef VERSION_H
#define VERSION_H
struct version {
  int refs;
  unsigned long number;
  struct version *older; /* owns a reference */
  unsigned char pages[2048];
};
struct version *version_ref(struct version *v);
void version_unref(struct version *v);
struct version *version_make(struct version *older, unsigned long number);
struct version *version_pin(unsigned long number);
int version_commit(void);
int version_drop(unsigned long number);
#endif
