#include <pthread.h>
#include <stdlib.h>

struct node {
  struct node *next;
  char pad[100];
};
struct box {
  struct node *old;
} box;

static void *work(void *arg) {
  struct node *head = NULL;
  for (int i = 0; i < 1000; ++i) {
    struct node *n = calloc(1, sizeof *n);
    n->next = head;
    head = n;
  }
  box.old = head;
  return arg;
}

void stop_here(void) {}

int main(void) {
  pthread_t t;
  pthread_create(&t, NULL, work, NULL);
  pthread_join(t, NULL);
  stop_here();
  return 0;
}
