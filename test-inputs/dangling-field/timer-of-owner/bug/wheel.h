// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef WHEEL_H
#define WHEEL_H
struct watch;
struct wtimer {
  struct wtimer *next;
  unsigned long due;
  struct watch *owner;
};
struct watch {
  int fd;
  unsigned expired;
  struct wtimer *deadline;
};
struct wtimer *wheel_add(struct watch *owner, unsigned long due);
void wheel_cancel(struct wtimer *t);
void wheel_advance(unsigned long now);
struct watch *watch_new(int fd);
int watch_touch(struct watch *w, unsigned long now);
void watch_expired(struct watch *w);
int watch_pending(const struct watch *w);
void watch_free(struct watch *w);
#endif
