// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef LINK_H
#define LINK_H
struct ticket {
  unsigned char id[32];
  unsigned long expires;
};
struct link {
  int fd;
  int up;
  struct ticket *session;
};
struct link *link_new(void);
int link_open(struct link *l, int fd, unsigned long now);
void link_lost(struct link *l, int fatal);
void link_store_ticket(struct link *l, const unsigned char *id, unsigned long expires);
int link_is_up(const struct link *l);
void link_free(struct link *l);
void ticket_free(struct ticket *t);
#endif
