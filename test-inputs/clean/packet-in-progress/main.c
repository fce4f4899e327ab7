// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stdlib.h>
#include <unistd.h>

struct packet {
  struct packet *next;
  size_t len, pos;
  unsigned char data[256];
};

struct client {
  struct packet *queue;
  struct packet *current;
  int fd;
};

struct client *client_new(int fd) {
  struct client *c = calloc(1, sizeof *c);
  if (c)
    c->fd = fd;
  return c;
}

int client_queue(struct client *c, unsigned char byte) {
  struct packet *p = calloc(1, sizeof *p), **end = &c->queue;
  if (!p)
    return -1;
  p->data[p->len++] = byte;
  while (*end)
    end = &(*end)->next;
  *end = p;
  return 0;
}

int client_write(struct client *c) {
  if (!c->current && c->queue) {
    c->current = c->queue;
    c->queue = c->queue->next;
  }
  if (!c->current)
    return 0;
  ssize_t n = write(c->fd, c->current->data + c->current->pos, c->current->len - c->current->pos);
  if (n < 0)
    return -1;
  c->current->pos += (size_t)n;
  if (c->current->pos == c->current->len) {
    free(c->current);
    c->current = NULL;
  }
  return 1;
}

size_t client_left(const struct client *c) { return c->current ? c->current->len - c->current->pos : 0; }
