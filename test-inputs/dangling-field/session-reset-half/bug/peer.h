#ifndef PEER_H
#define PEER_H
struct peer;
int peer_configure(struct peer *p, const char *settings, const char *address);
void peer_reset(struct peer *p);
int peer_port(const struct peer *p);
#endif
