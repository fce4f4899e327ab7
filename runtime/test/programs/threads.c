/*===- threads.c - stopping threads, and what they hold ---------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * First argument: the scenario. Targets are passed on as their complement, so
 *that no stray copy on the main stack keeps them.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
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

struct node *volatile TheNode;
void *volatile Keeper;
static __thread void *volatile ThreadKeeper;
static pthread_key_t Keys[40];
static sem_t Ready, Go;

static NOINLINE uintptr_t makeNode(size_t Size) {
  TheNode = calloc(1, sizeof(struct node));
  void *P = malloc(Size);
  uintptr_t Hidden = ~(uintptr_t)P;
  STORE(Payload, TheNode->payload, P);
  return Hidden;
}

static NOINLINE void finishNode(void) { PHASE(Done, TheNode->done, 1); }

/* Overwrites what earlier calls left on this stack. */
static NOINLINE void scrub(void) {
  volatile char Space[4096];
  for (unsigned I = 0; I != sizeof Space; ++I)
    Space[I] = 0;
}

static const char *HolderKind;
static uintptr_t HiddenTarget;

static NOINLINE void waitHolding(void *volatile *Place) {
  *Place = (void *)~HiddenTarget;
  sem_post(&Ready);
  sem_wait(&Go);
  *Place = NULL;
}

static void *holder(void *Unused) {
  (void)Unused;
  if (!strcmp(HolderKind, "stack")) {
    void *volatile OnStack;
    waitHolding(&OnStack);
  } else if (!strcmp(HolderKind, "tls")) {
    waitHolding(&ThreadKeeper);
  } else if (!strcmp(HolderKind, "register")) {
    sem_post(&Ready);
    register uintptr_t P __asm__("r15") = ~HiddenTarget;
    __asm__ volatile("1: mov %1, %%eax; test %%eax, %%eax; pause; jz 1b"
                     : "+r"(P)
                     : "m"(Keeper)
                     : "rax", "memory");
  } else {
    pthread_key_t Key = Keys[!strcmp(HolderKind, "late-key") ? 39 : 0];
    pthread_setspecific(Key, (void *)~HiddenTarget);
    scrub();
    sem_post(&Ready);
    sem_wait(&Go);
    pthread_setspecific(Key, NULL);
  }
  return NULL;
}

/* A stale slot's target that another thread holds as well is stale-shared. */
static int held(const char *Kind) {
  HolderKind = Kind;
  for (int I = 0; I != 40; ++I)
    pthread_key_create(&Keys[I], NULL);
  HiddenTarget = makeNode(3000);
  finishNode();
  scrub();
  pthread_t T;
  pthread_create(&T, NULL, holder, NULL);
  sem_wait(&Ready);
  usleep(2000);
  RETSAN_CHECKPOINT();
  Keeper = (void *)1;
  sem_post(&Go);
  pthread_join(T, NULL);
  Keeper = NULL;
  return 0;
}

static void *deaf(void *Unused) {
  sigset_t All;
  sigfillset(&All);
  sigprocmask(SIG_SETMASK, &All, NULL);
  sem_post(&Ready);
  sem_wait(&Go);
  return Unused;
}

static int blocked(void) {
  pthread_t T;
  pthread_create(&T, NULL, deaf, NULL);
  sem_wait(&Ready);
  RETSAN_CHECKPOINT();
  sem_post(&Go);
  pthread_join(T, NULL);
  return 0;
}

static void *waiter(void *Unused) {
  sem_post(&Ready);
  sem_wait(&Go);
  return Unused;
}

static void ignore(int Signal) { (void)Signal; }

/* The program sets the handlers of all signals. */
static int allSignals(void (*Handler)(int)) {
  for (int Signal = 1; Signal != 65; ++Signal)
    signal(Signal, Handler);
  pthread_t T;
  pthread_create(&T, NULL, waiter, NULL);
  sem_wait(&Ready);
  makeNode(3000);
  finishNode();
  RETSAN_CHECKPOINT();
  sem_post(&Go);
  pthread_join(T, NULL);
  return 0;
}

static volatile int Stopping;

static void *allocator(void *Seed) {
  uint64_t X = (uintptr_t)Seed * 2654435761u + 1;
  void *Blocks[64] = {0};
  for (int N = 0; N != 20000 && !Stopping; ++N) {
    X = X * 6364136223846793005u + 1442695040888963407u;
    unsigned I = (X >> 40) % 64;
    size_t Size = (X >> 20) % 3000 + 1;
    switch ((X >> 60) % 3) {
    case 0:
      free(Blocks[I]);
      Blocks[I] = malloc(Size);
      break;
    case 1:
      Blocks[I] = realloc(Blocks[I], Size);
      break;
    default:
      free(Blocks[I]);
      Blocks[I] = calloc(1, Size);
    }
    memset(Blocks[I], 0x5a, Size);
  }
  for (int I = 0; I != 64; ++I)
    free(Blocks[I]);
  return NULL;
}

static void *starter(void *Unused) {
  for (int Round = 0; Round != 20; ++Round) {
    pthread_t T;
    if (pthread_create(&T, NULL, allocator, (void *)(uintptr_t)Round) == 0)
      pthread_join(T, NULL);
  }
  return Unused;
}

/* Threads come, go and allocate while the world is stopped again and again. */
static int churn(void) {
  pthread_t T[4];
  for (int I = 0; I != 4; ++I)
    pthread_create(&T[I], NULL, starter, NULL);
  for (int I = 0; I != 30; ++I) {
    RETSAN_CHECKPOINT();
    usleep(1000);
  }
  Stopping = 1;
  for (int I = 0; I != 4; ++I)
    pthread_join(T[I], NULL);
  return 0;
}

static void *mapper(void *Unused) {
  for (int I = 0; I != 5000; ++I) {
    struct node *N = calloc(1, sizeof *N);
    STORE(Payload, N->payload, malloc(16));
    USE(Payload, N->payload);
    void *P = RELEASE(Payload, N->payload);
    STORE(Payload, N->payload, NULL);
    free(P);
    free(N);
  }
  return Unused;
}

static int hot(void) {
  pthread_t T[4];
  for (int I = 0; I != 4; ++I)
    pthread_create(&T[I], NULL, mapper, NULL);
  for (int I = 0; I != 4; ++I)
    pthread_join(T[I], NULL);
  return 0;
}

/* The same slots again and again: nothing changes but the last use. */
static void *reader(void *Nodes) {
  for (int I = 0; I != 5000; ++I)
    for (int N = 0; N != 10; ++N) {
      struct node *Node = ((struct node **)Nodes)[N];
      USE(Payload, Node->payload);
      (void)TEST(Payload, Node->payload);
    }
  return NULL;
}

static NOINLINE void useLater(struct node *Node) {
  USE(Payload, Node->payload);
}

static int readers(void) {
  struct node *Nodes[10];
  for (int N = 0; N != 10; ++N) {
    Nodes[N] = calloc(1, sizeof *Nodes[N]);
    STORE(Payload, Nodes[N]->payload, malloc(16));
  }
  pthread_t T[4];
  for (int I = 0; I != 4; ++I)
    pthread_create(&T[I], NULL, reader, Nodes);
  for (int I = 0; I != 4; ++I)
    pthread_join(T[I], NULL);
  /* Nobody tells of this write; the next use enters the state all the same. */
  *(volatile int *)&Nodes[3]->done = 1;
  USE(Payload, Nodes[3]->payload);
  useLater(Nodes[3]);
  return 0;
}

static int timer(void) {
  makeNode(100);
  usleep(1300000);
  return 0;
}

static int bySignal(void) {
  makeNode(100);
  raise(SIGUSR1);
  usleep(200000);
  return 0;
}

static void onAlarm(int Signal) {
  (void)Signal;
  if (TheNode)
    USE(Payload, TheNode->payload);
}

/* A handler uses the field that the interrupted code stores. */
static int handlers(void) {
  makeNode(100);
  struct sigaction Action = {.sa_handler = onAlarm, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &Action, NULL);
  struct itimerval Every = {{0, 50}, {0, 50}};
  setitimer(ITIMER_REAL, &Every, NULL);
  for (int I = 0; I != 500000; ++I)
    STORE(Payload, TheNode->payload, TheNode->payload);
  struct itimerval Off = {{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &Off, NULL);
  return 0;
}

/* The process goes on without its first thread, and ends with its last. */
static void *last(void *Unused) {
  usleep(20000);
  makeNode(700);
  finishNode();
  return Unused;
}

static int leaderLeaves(void) {
  pthread_t T;
  pthread_create(&T, NULL, last, NULL);
  pthread_detach(T);
  pthread_exit(NULL);
}

/* All are there at once, each with objects of its own. */
static void *oneOfMany(void *Unused) {
  char *volatile Held[64];
  for (int I = 0; I != 64; ++I)
    memset(Held[I] = malloc(100), 1, 100);
  sem_post(&Ready);
  sem_wait(&Go);
  for (int I = 0; I != 64; ++I)
    free(Held[I]);
  return Unused;
}

static int thousand(void) {
  enum { Count = 1000 };
  static pthread_t T[Count];
  pthread_attr_t Attr;
  pthread_attr_init(&Attr);
  pthread_attr_setstacksize(&Attr, 65536);
  for (int I = 0; I != Count; ++I)
    if (pthread_create(&T[I], &Attr, oneOfMany, NULL))
      return 1;
  for (int I = 0; I != Count; ++I)
    sem_wait(&Ready);
  RETSAN_CHECKPOINT();
  for (int I = 0; I != Count; ++I)
    sem_post(&Go);
  for (int I = 0; I != Count; ++I)
    pthread_join(T[I], NULL);
  return 0;
}

/* The main thread looks from another stack: its own holds the only pointer. */
static ucontext_t MainContext, OtherContext;
static void onOtherStack(void) {
  (void)RETSAN_CHECKPOINT();
  swapcontext(&OtherContext, &MainContext);
}
static void onAlternateStack(int Signal) {
  (void)Signal;
  (void)RETSAN_CHECKPOINT();
}
static int otherStack(const char *Kind) {
  enum { Size = 1 << 16 };
  void *volatile Held = malloc(77777);
  void *Stack = !strcmp(Kind, "mapped")
                    ? mmap(NULL, Size, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                    : malloc(Size);
  Keeper = Stack;
  if (!strcmp(Kind, "alternate")) {
    stack_t S = {.ss_sp = Stack, .ss_size = Size};
    struct sigaction A = {.sa_flags = SA_ONSTACK};
    A.sa_handler = onAlternateStack;
    if (sigaltstack(&S, NULL) || sigaction(SIGUSR1, &A, NULL))
      return 1;
    raise(SIGUSR1);
  } else {
    getcontext(&OtherContext);
    OtherContext.uc_stack.ss_sp = Stack;
    OtherContext.uc_stack.ss_size = Size;
    makecontext(&OtherContext, onOtherStack, 0);
    swapcontext(&MainContext, &OtherContext);
  }
  free(Held);
  return 0;
}

static int absurd(void) {
  volatile size_t Huge = ~(size_t)0 / 2;
  // Volatile: Clang leaves out allocations that nobody looks at.
  void *volatile P = malloc(Huge);
  void *volatile Q = calloc(Huge, 16);
  void *volatile Small = malloc(10);
  void *volatile Moved = realloc(Small, Huge);
  int Bad = P || Q || Moved || !Small;
  free(Small);
  return Bad;
}

static int doubleFree(void) {
  void *volatile P = malloc(100);
  free(P);
  free(P);
  return 0;
}

int main(int Argc, char **Argv) {
  const char *Name = Argc > 1 ? Argv[1] : "";
  sem_init(&Ready, 0, 0);
  sem_init(&Go, 0, 0);
  if (!strcmp(Name, "held"))
    return held(Argv[2]);
  if (!strcmp(Name, "blocked"))
    return blocked();
  if (!strcmp(Name, "other-stack"))
    return otherStack(Argv[2]);
  if (!strcmp(Name, "churn"))
    return churn();
  if (!strcmp(Name, "hot"))
    return hot();
  if (!strcmp(Name, "thousand"))
    return thousand();
  if (!strcmp(Name, "absurd"))
    return absurd();
  if (!strcmp(Name, "double-free"))
    return doubleFree();
  if (!strcmp(Name, "readers"))
    return readers();
  if (!strcmp(Name, "timer"))
    return timer();
  if (!strcmp(Name, "signal"))
    return bySignal();
  if (!strcmp(Name, "default-signals"))
    return allSignals(SIG_DFL);
  if (!strcmp(Name, "own-signals"))
    return allSignals(ignore);
  if (!strcmp(Name, "handlers"))
    return handlers();
  if (!strcmp(Name, "leader-leaves"))
    return leaderLeaves();
  fprintf(stderr, "no scenario %s\n", Name);
  return 2;
}
