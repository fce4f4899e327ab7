// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef NET_H
#define NET_H
struct loop {
  int fds[64];
  int nfds;
  unsigned long posted;
};
extern struct loop *loop_base;
int net_start(void);
void net_stop(void);
int net_watch(int fd);
int net_post(unsigned what);
unsigned long net_posted(void);
#endif
