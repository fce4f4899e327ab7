/*===- snapshot.c - a program that goes on while it is marked ---------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * First argument: the scenario. Returns the line of the expectation that
 *failed, modulo 256.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

struct node {
  int done;
  void *payload;
};

FIELD(Payload, 11, node, payload, RETSAN_ROLE_SUSPECT, 0);
FIELD(Done, 12, node, done, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
static const struct retsan_field_v1 *const Fields[] = {&Payload, &Done};
static const struct retsan_atom_v1 IsDone[] = {{12, 1, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {
    {11, "stale-payload", IsDone, 1, 0}};
MODULE("f00d", Fields, States)

#define CHECK(X)                                                               \
  do {                                                                         \
    if (!(X))                                                                  \
      return __LINE__ & 255;                                                   \
  } while (0)

enum { NumLinks = 100000, NumMarks = 8 };

struct node *TheNode;
void **Chain;
void *volatile Here, *volatile There;
static volatile int Stop;

/* At each moment one of the two has it. */
static void *mover(void *Unused) {
  while (!Stop) {
    There = Here;
    Here = NULL;
    Here = There;
    There = NULL;
  }
  return Unused;
}

/* A dead field comes and goes. */
static void *changer(void *Unused) {
  while (!Stop) {
    PHASE(Done, TheNode->done, 0);
    STORE(Payload, TheNode->payload, malloc(100));
    PHASE(Done, TheNode->done, 1);
    for (volatile int I = 0; I != 3000; ++I)
      ;
    void *P = TheNode->payload;
    STORE(Payload, TheNode->payload, NULL);
    free(P);
  }
  return Unused;
}

static volatile int Children;
static void onChild(int Signal) {
  (void)Signal;
  ++Children;
}

static NOINLINE void makeChain(void) {
  for (int I = 0; I != NumLinks; ++I) {
    void **New = malloc(32);
    *New = Chain;
    Chain = New;
  }
  Here = malloc(5000);
  TheNode = calloc(1, sizeof *TheNode);
}

static int run(void *(*Body)(void *)) {
  signal(SIGCHLD, onChild);
  makeChain();
  pthread_t T;
  CHECK(pthread_create(&T, NULL, Body, NULL) == 0);
  for (int I = 0; I != NumMarks; ++I)
    (void)RETSAN_CHECKPOINT();
  Stop = 1;
  pthread_join(T, NULL);
  /* What marked was no child of the program's. */
  CHECK(wait(NULL) == -1 && errno == ECHILD);
  CHECK(Children == 0);
  return 0;
}

/* To a hundred times the size. */
static int grow(void) {
  for (int I = 0; I != 64; ++I) {
    void **New = calloc(1, 1 << 20);
    CHECK(New);
    *New = Chain;
    Chain = New;
    for (int N = 0; N != 100; ++N)
      free(malloc(400));
    usleep(2000);
  }
  return 0;
}

/* Ghosts of two places. */
static NOINLINE void *oneOf(size_t Size) { return malloc(Size); }
static NOINLINE void **makeLarge(void) { return oneOf(4000); }
static NOINLINE void *makeSmall(void) { return oneOf(300); }

static NOINLINE void fill(void) {
  TheNode = calloc(1, sizeof *TheNode);
  void **Large = makeLarge();
  for (int I = 0; I != 4000 / 8; ++I)
    Large[I] = I < 3 ? makeSmall() : NULL;
  STORE(Payload, TheNode->payload, Large);
  PHASE(Done, TheNode->done, 1);
}

/* An array of four entries in two lists; a text of both and one of one. */
struct entry {
  struct entry *next;
  char *text;
  char rest[32];
};
static struct entry *entryOf(struct entry *Next, char *Text) {
  struct entry *E = calloc(1, sizeof *E);
  E->next = Next;
  E->text = Text;
  return E;
}
static NOINLINE void fillTree(void) {
  TheNode = calloc(1, sizeof *TheNode);
  struct entry **Array = calloc(100, sizeof *Array);
  char *Both = calloc(1, 200), *One = calloc(1, 500);
  Array[7] = entryOf(entryOf(NULL, Both), NULL);
  Array[70] = entryOf(entryOf(NULL, Both), One);
  STORE(Payload, TheNode->payload, Array);
  PHASE(Done, TheNode->done, 1);
  /* Of two dead fields: neither alone holds it, nor what is behind it. */
  static struct node Second, Third;
  struct entry *Shared = entryOf(NULL, calloc(1, 90));
  STORE(Payload, Second.payload, Shared);
  PHASE(Done, Second.done, 1);
  STORE(Payload, Third.payload, Shared);
  PHASE(Done, Third.done, 1);
}

int main(int Argc, char **Argv) {
  const char *Name = Argc > 1 ? Argv[1] : "";
  if (!strcmp(Name, "mover"))
    return run(mover);
  if (!strcmp(Name, "changer"))
    return run(changer);
  if (!strcmp(Name, "grow"))
    return grow();
  if (!strcmp(Name, "stacks")) {
    fill();
    return 0;
  }
  if (!strcmp(Name, "tree")) {
    fillTree();
    return 0;
  }
  fprintf(stderr, "no scenario %s\n", Name);
  return 2;
}
