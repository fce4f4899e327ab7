/*===- faults.c - what may go wrong around a program ------------------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * First argument: the scenario. A program that ends with 0 saw no difference
 * to a run without us. Should it hang, an alarm ends it.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct box {
  int done;
  void *held;
};

FIELD(Held, 51, box, held, RETSAN_ROLE_SUSPECT, 0);
FIELD(Done, 52, box, done, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
static const struct retsan_field_v1 *const Fields[] = {&Held, &Done};
static const struct retsan_atom_v1 IsDone[] = {{52, 1, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {
    {51, "stale-held", IsDone, 1, 0}};
MODULE("f00d", Fields, States)

static atomic_int Stopping, Failures;
struct box *volatile Kept;

#define CHECK(Condition)                                                       \
  do {                                                                         \
    if (!(Condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #Condition);          \
      ++Failures;                                                              \
    }                                                                          \
  } while (0)

static NOINLINE struct box *staleBox(size_t Size) {
  struct box *B = calloc(1, sizeof *B);
  STORE(Held, B->held, malloc(Size));
  PHASE(Done, B->done, 1);
  return B;
}

static NOINLINE void dropBox(struct box *B) {
  void *P = RELEASE(Held, B->held);
  STORE(Held, B->held, NULL);
  free(P);
  free(B);
}

/* Allocates, stores and frees until told to stop. */
static void *worker(void *Seed) {
  unsigned X = (unsigned)(size_t)Seed;
  while (!Stopping) {
    X = X * 1664525 + 1013904223;
    struct box *B = staleBox(X % 4000 + 1);
    memset(B->held, 0x5a, X % 4000 + 1);
    dropBox(B);
  }
  return NULL;
}

enum { Workers = 3 };
static pthread_t Threads[Workers];

static void startWorkers(void) {
  for (size_t I = 0; I != Workers; ++I)
    CHECK(pthread_create(&Threads[I], NULL, worker, (void *)I) == 0);
}

static int stopWorkers(void) {
  Stopping = 1;
  for (int I = 0; I != Workers; ++I)
    pthread_join(Threads[I], NULL);
  return Failures != 0;
}

/* Writes its profile again and again, and is killed after so many
 * microseconds. */
static void *killer(void *Micros) {
  usleep((useconds_t)(size_t)Micros);
  kill(getpid(), SIGKILL);
  return NULL;
}

static int killed(const char *Micros) {
  Kept = staleBox(700);
  RETSAN_CHECKPOINT();
  pthread_t T;
  pthread_create(&T, NULL, killer, (void *)(size_t)atoi(Micros));
  while (1)
    RETSAN_CHECKPOINT();
}

/* A profile that outgrows a small disk. */
static int manyCheckpoints(void) {
  Kept = staleBox(700);
  for (int I = 0; I != 400; ++I)
    RETSAN_CHECKPOINT();
  puts("the program's own output");
  return 0;
}

/* Children of a program with threads allocate, store and end on their own. */
static int forks(void) {
  startWorkers();
  for (int I = 0; I != 20; ++I) {
    pid_t Child = fork();
    CHECK(Child >= 0);
    if (Child == 0) {
      alarm(60);
      for (int N = 0; N != 100; ++N)
        dropBox(staleBox(100));
      Kept = staleBox(700);
      RETSAN_CHECKPOINT();
      exit(Failures != 0);
    }
    int Status = -1;
    CHECK(waitpid(Child, &Status, 0) == Child);
    CHECK(WIFEXITED(Status) && WEXITSTATUS(Status) == 0);
  }
  return stopWorkers();
}

/* A module comes, is used and goes while others allocate and the world is
 * stopped. */
static void *loader(void *Path) {
  while (!Stopping) {
    void *Handle = dlopen(Path, RTLD_NOW);
    CHECK(Handle);
    if (!Handle)
      break;
    void (*Run)(int) = (void (*)(int))dlsym(Handle, "runPlugin");
    CHECK(Run);
    Run(0);
    Run(1);
    CHECK(dlclose(Handle) == 0);
  }
  return NULL;
}

static int modules(char *Path) {
  startWorkers();
  pthread_t T;
  CHECK(pthread_create(&T, NULL, loader, Path) == 0);
  for (int I = 0; I != 40; ++I) {
    RETSAN_CHECKPOINT();
    usleep(500);
  }
  int Result = stopWorkers();
  pthread_join(T, NULL);
  return Result || Failures;
}

static atomic_int Alarms, Queued, Sum;
static void onAlarm(int Signal) {
  (void)Signal;
  ++Alarms;
}
static void onQueued(int Signal, siginfo_t *Info, void *Context) {
  (void)Signal, (void)Context;
  ++Queued;
  Sum += Info->si_value.sival_int;
}

enum { ToSend = 500 };
static void *sender(void *Unused) {
  for (int I = 1; I <= ToSend; ++I) {
    union sigval V = {.sival_int = I};
    while (sigqueue(getpid(), SIGRTMIN + 3, V))
      usleep(100);
    if (I % 10 == 0)
      usleep(100);
  }
  return Unused;
}

/* A signal that a checkpoint holds up is delivered afterwards: none is lost. */
static int signals(void) {
  struct sigaction OnAlarm = {.sa_handler = onAlarm};
  struct sigaction OnQueued = {.sa_sigaction = onQueued,
                               .sa_flags = SA_SIGINFO | SA_RESTART};
  sigaction(SIGALRM, &OnAlarm, NULL);
  sigaction(SIGRTMIN + 3, &OnQueued, NULL);
  struct itimerval Every = {{0, 200}, {0, 200}}, Off = {{0, 0}, {0, 0}};
  startWorkers();
  pthread_t T;
  CHECK(pthread_create(&T, NULL, sender, NULL) == 0);
  setitimer(ITIMER_REAL, &Every, NULL);
  for (int I = 0; I != 100; ++I)
    RETSAN_CHECKPOINT();
  pthread_join(T, NULL);
  setitimer(ITIMER_REAL, &Off, NULL);
  for (int I = 0; I != 1000 && Queued != ToSend; ++I)
    usleep(1000);
  CHECK(Alarms > 0);
  CHECK(Queued == ToSend);
  CHECK(Sum == ToSend * (ToSend + 1) / 2);
  return stopWorkers();
}

/* Takes all memory that it gets, is told so, gives it back and goes on. */
static int exhausted(void) {
  struct rlimit Limit;
  CHECK(getrlimit(RLIMIT_AS, &Limit) == 0 && Limit.rlim_cur != RLIM_INFINITY);
  enum { Size = 1 << 20 };
  void **Chain = NULL;
  size_t Blocks = 0, Small = 0;
  for (void **P; (P = malloc(Size)) != NULL; ++Blocks) {
    *P = Chain;
    Chain = P;
  }
  for (void **P; Small != 20000 && (P = malloc(64)) != NULL; ++Small) {
    *P = Chain;
    Chain = P;
  }
  CHECK(Blocks > 10);
  RETSAN_CHECKPOINT();
  for (void **P = Chain, **Next; P; P = Next) {
    Next = *P;
    free(P);
  }
  void *P = malloc(Size);
  CHECK(P);
  free(P);
  Kept = staleBox(700);
  return Failures != 0;
}

int main(int Argc, char **Argv) {
  const char *Name = Argc > 1 ? Argv[1] : "";
  signal(SIGALRM, SIG_DFL);
  alarm(100);
  if (!strcmp(Name, "killed"))
    return killed(Argv[2]);
  if (!strcmp(Name, "checkpoints"))
    return manyCheckpoints();
  if (!strcmp(Name, "forks"))
    return forks();
  if (!strcmp(Name, "modules"))
    return modules(Argv[2]);
  if (!strcmp(Name, "signals"))
    return signals();
  if (!strcmp(Name, "exhausted"))
    return exhausted();
  fprintf(stderr, "no scenario %s\n", Name);
  return 2;
}
