/*===- migrations.c - a container that tells of its migrations --------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Sends the events of retsan/observer.h for arrays of its own; the first
 * argument names the scenario. Built with the runtime and without.
 *===------------------------------------------------------------------------===*/

#include <retsan/api.h>
#include <retsan/observer.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { Bytes = 4096 };

static void *Keep[8]; /* arrays that are there at exit */

static void tell(unsigned Event, void *Old, uint64_t Size, const char *Name) {
  if (!__retsan_migration_v1)
    return;
  struct retsan_migration_v1 E = {&Keep, Old, Size, 0, 8, Event, !!Name, Name};
  __retsan_migration_v1(&E);
}

static void *begin(const char *Name) {
  void *Old = malloc(Bytes);
  tell(RETSAN_MIGRATION_BEGIN, Old, Bytes, Name);
  return Old;
}

static void *beginAndEnd(const char *Name) {
  void *Old = begin(Name);
  for (int I = 0; I != 8; ++I)
    tell(RETSAN_MIGRATION_BUCKET, Old, Bytes, Name);
  tell(RETSAN_MIGRATION_END, Old, Bytes, Name);
  return Old;
}

/* One array goes whole, one in halves, two stay: one ended, one under way. */
static void someStay(void) {
  void *Whole = beginAndEnd("routes");
  tell(RETSAN_MIGRATION_RELEASED, Whole, Bytes, "routes");
  free(Whole);
  void *Halves = beginAndEnd("routes");
  tell(RETSAN_MIGRATION_RELEASED, Halves, Bytes / 2, "routes");
  tell(RETSAN_MIGRATION_PINNED, Halves, Bytes / 2, "routes");
  tell(RETSAN_MIGRATION_RELEASED, Halves, Bytes / 2, "routes");
  free(Halves);
  Keep[0] = beginAndEnd("routes");
  tell(RETSAN_MIGRATION_RELEASED, Keep[0], 96, "routes");
  Keep[1] = begin("routes");
  Keep[2] = beginAndEnd(NULL);
}

/* A container that dies without a word. */
static void unsaid(void) { free(beginAndEnd("quiet")); }

/* RELEASED by container, an event of a later version, an end without a begin.
 */
static void odd(void) {
  beginAndEnd("odd");
  tell(RETSAN_MIGRATION_RELEASED, NULL, Bytes, "odd");
  tell(99, Keep, Bytes, "odd");
  Keep[0] = malloc(Bytes);
  tell(RETSAN_MIGRATION_END, Keep[0], Bytes, "odd");
  tell(RETSAN_MIGRATION_RELEASED, &Keep, Bytes, "odd");
  tell(RETSAN_MIGRATION_BEGIN, NULL, Bytes, "odd");
  if (__retsan_migration_v1)
    __retsan_migration_v1(NULL);
}

static void *work(void *Out) {
  for (int I = 0; I != 2000; ++I) {
    void *Old = beginAndEnd("threads");
    tell(RETSAN_MIGRATION_RELEASED, Old, Bytes, "threads");
    free(Old);
    if (I % 500 == 0)
      RETSAN_CHECKPOINT();
  }
  *(void **)Out = beginAndEnd("threads");
  return NULL;
}

static void threads(void) {
  pthread_t T[4];
  for (int I = 0; I != 4; ++I)
    pthread_create(&T[I], NULL, work, &Keep[I]);
  for (int I = 0; I != 4; ++I)
    pthread_join(T[I], NULL);
}

/* What the parent told stays the parent's. */
static int forked(void) {
  Keep[0] = beginAndEnd("parent");
  pid_t Child = fork();
  if (!Child) {
    Keep[1] = beginAndEnd("child");
    exit(0);
  }
  int Status = 1;
  waitpid(Child, &Status, 0);
  return Status;
}

/* More arrays than the first table holds, and they leave in another order. */
static void many(void) {
  enum { N = 3000 };
  static void *All[N];
  for (int I = 0; I != N; ++I)
    All[I] = beginAndEnd("many");
  for (int I = 0; I < N; ++I) {
    int At = I * 7 % N;
    if (At % 3 == 0)
      continue;
    tell(RETSAN_MIGRATION_RELEASED, All[At], Bytes, "many");
    free(All[At]);
  }
}

/* A name each: the table of names has an end. */
static void names(void) {
  char Name[16] = "n0000";
  for (int I = 0; I != 300; ++I) {
    Name[2] = (char)('0' + I / 100);
    Name[3] = (char)('0' + I / 10 % 10);
    Name[4] = (char)('0' + I % 10);
    void *Old = beginAndEnd(Name);
    tell(RETSAN_MIGRATION_RELEASED, Old, Bytes, Name);
    free(Old);
  }
}

int main(int Argc, char **Argv) {
  const char *What = Argc > 1 ? Argv[1] : "";
  if (!strcmp(What, "stay"))
    someStay();
  else if (!strcmp(What, "unsaid"))
    unsaid();
  else if (!strcmp(What, "odd"))
    odd();
  else if (!strcmp(What, "threads"))
    threads();
  else if (!strcmp(What, "fork"))
    return forked();
  else if (!strcmp(What, "many"))
    many();
  else if (!strcmp(What, "names"))
    names();
  return 0;
}
