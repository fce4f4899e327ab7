// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
struct conn;
struct timer {
  void (*fire)(struct conn *);
  struct conn *arg;
  int ms;
};
struct conn {
  struct timer *timer;
  unsigned timeouts;
};
struct timer *timer_start(void (*fire)(struct conn *), struct conn *arg, int ms);
void timer_run(struct timer *t);
struct conn *conn_new(void);
int conn_arm(struct conn *c, int ms);
void conn_disarm(struct conn *c);
void conn_close(struct conn *c);
