// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <retsan/annotations.h>
#include <stdlib.h>
#include <string.h>

enum dhcp_state { D_INIT, D_REQUESTING, D_BOUND, D_RENEWING };

struct lease {
  unsigned address, mask, seconds;
};

struct dhcp {
  enum dhcp_state state;
  struct lease *lease RETSAN_LIVE_WHILE(state == D_BOUND || state == D_RENEWING);
  unsigned xid, naks, renewals;
};

struct dhcp *dhcp_new(unsigned xid) {
  struct dhcp *d = calloc(1, sizeof *d);
  if (d)
    d->xid = xid;
  return d;
}

int dhcp_ack(struct dhcp *d, unsigned address, unsigned mask, unsigned seconds) {
  struct lease *l;
  if (d->state != D_REQUESTING)
    return -1;
  l = calloc(1, sizeof *l);
  if (!l)
    return -1;
  l->address = address;
  l->mask = mask;
  l->seconds = seconds;
  d->lease = l;
  d->state = D_BOUND;
  return 0;
}

void dhcp_discover(struct dhcp *d) {
  if (d->state == D_INIT)
    d->state = D_REQUESTING;
}

int dhcp_tick(struct dhcp *d, unsigned now) {
  if (d->state != D_BOUND && d->state != D_RENEWING)
    return 0;
  if (now >= d->lease->seconds) {
    free(d->lease);
    d->lease = NULL;
    d->state = D_INIT;
    return 1;
  }
  if (now * 2 >= d->lease->seconds) {
    d->state = D_RENEWING;
    d->renewals++;
  }
  return 0;
}

void dhcp_nak(struct dhcp *d) {
  if (d->state != D_RENEWING)
    return;
  free(d->lease);
  d->lease = NULL;
  d->naks++;
  d->state = D_INIT;
}

void dhcp_free(struct dhcp *d) {
  free(d->lease);
  free(d);
}
