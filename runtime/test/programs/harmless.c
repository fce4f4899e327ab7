/*===- harmless.c - what programs do that a runtime might break -------------===
 *
 * Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * Each scenario leaves one slot stale, does something unusual, and goes on as
 *if nothing watched it.
 *===------------------------------------------------------------------------===*/

#include "instrument.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct box {
  long done;
  void *kept;
};

FIELD(Kept, 61, box, kept, RETSAN_ROLE_SUSPECT, 0);
FIELD(DoneField, 62, box, done, RETSAN_ROLE_PHASE, RETSAN_FIELD_SIGNED);
static const struct retsan_field_v1 *const Fields[] = {&Kept, &DoneField};
static const struct retsan_atom_v1 IsDone[] = {{62, 1, RETSAN_ATOM_EQ, 0}};
static const struct retsan_state_v1 States[] = {
    {61, "stale-kept", IsDone, 1, 0}};
MODULE("f00d", Fields, States)

struct box *volatile TheBox;
void *volatile Sink;

/* Hooks may come before their own module is registered. */
__attribute__((constructor(102))) static void early(void) {
  struct box *B = TheBox = calloc(1, sizeof *B);
  STORE(Kept, B->kept, malloc(50));
  STORE(Kept, B->kept, NULL);
}
/* And after the last tables are written. */
__attribute__((destructor(101))) static void late(void) {
  struct box *B = TheBox;
  free(RELEASE(Kept, B->kept));
  STORE(Kept, B->kept, NULL);
  PHASE(DoneField, B->done, 0);
  free(B);
}

static NOINLINE void fill(struct box *B) {
  uint32_t Depth = __retsan_enter_v1();
  PHASE(DoneField, B->done, 0);
  STORE(Kept, B->kept, malloc(1000));
  (void)*(volatile char *)USE(Kept, B->kept);
  __retsan_leave_v1(Depth);
}

static NOINLINE void finish(struct box *B) {
  uint32_t Depth = __retsan_enter_v1();
  PHASE(DoneField, B->done, 1);
  __retsan_leave_v1(Depth);
}

static sigjmp_buf Back;

static NOINLINE void jumpOut(struct box *B) {
  __retsan_enter_v1();
  PHASE(DoneField, B->done, 1);
  siglongjmp(Back, 1); /* no leave */
}

static NOINLINE void jumpOver(struct box *B) {
  uint32_t Depth = __retsan_enter_v1();
  if (!sigsetjmp(Back, 1))
    jumpOut(B);
  __retsan_leave_v1(Depth);
}

static volatile sig_atomic_t Ticks;

static void onTick(int Signal) {
  (void)Signal;
  ++Ticks;
  /* Its own variables: a handler that shares the program's would free what the
   * program is about to free. */
  static const size_t Sizes[] = {100, 64, 1000, 40000};
  for (unsigned I = 0; I != COUNT(Sizes); ++I) {
    unsigned char *P = malloc(Sizes[I]);
    memset(P, 0x77, Sizes[I]);
    P = realloc(P, Sizes[I] * 2);
    for (size_t N = 0; N != Sizes[I]; ++N)
      if (P[N] != 0x77)
        _exit(3);
    free(P);
  }
  struct box *B = TheBox;
  (void)TEST(Kept, B->kept);
}

static void onSegv(int Signal) {
  (void)Signal;
  siglongjmp(Back, 1);
}

static int denySystemCall(int Number, int Error) {
  struct sock_filter Filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)Number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)Error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog Program = {COUNT(Filter), Filter};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &Program);
}

static int waitFor(pid_t Child) {
  int Status;
  return waitpid(Child, &Status, 0) != Child || Status != 0;
}

static int scenario(const char *Name, char **Argv) {
  struct box *B = TheBox;
  fill(B);
  finish(B);
#define IS(S) (!strcmp(Name, S))
  if (IS("plain"))
    return 0;
  if (IS("exec")) {
    char *Args[] = {Argv[0], (char *)"plain", NULL};
    execv(Argv[0], Args);
    return 1;
  }
  if (IS("exec-fails")) {
    char *Args[] = {Argv[0], NULL};
    return !(execv("/no/such/program", Args) == -1 && errno == ENOENT);
  }
  if (IS("execl")) {
    execl(Argv[0], Argv[0], "plain", (char *)NULL);
    return 1;
  }
  if (IS("fork-exec")) {
    pid_t Child = fork();
    if (Child == 0) {
      execl("/bin/true", "true", (char *)NULL);
      _exit(1);
    }
    return waitFor(Child);
  }
  if (IS("spawn")) {
    char *Args[] = {(char *)"true", NULL};
    pid_t Child;
    if (posix_spawn(&Child, "/bin/true", NULL, NULL, Args, environ))
      return 1;
    return waitFor(Child) || system("exit 0");
  }
  if (IS("segv")) {
    struct box *volatile None = NULL;
    return (int)None->done;
  }
  if (IS("segv-handled")) {
    signal(SIGSEGV, onSegv);
    struct box *volatile None = NULL;
    if (!sigsetjmp(Back, 1))
      return (int)None->done;
    RETSAN_CHECKPOINT();
    return 0;
  }
  if (IS("longjmp")) {
    fill(B);
    jumpOver(B);
    /* Depths are right again: this one is entered and left in one call. */
    uint32_t Depth = __retsan_enter_v1();
    PHASE(DoneField, B->done, 0);
    PHASE(DoneField, B->done, 1);
    STORE(Kept, B->kept, NULL);
    __retsan_leave_v1(Depth);
    return 0;
  }
  if (IS("signals")) {
    signal(SIGALRM, onTick);
    struct itimerval Every = {{0, 500}, {0, 500}};
    setitimer(ITIMER_REAL, &Every, NULL);
    unsigned char *Held[64] = {NULL};
    for (unsigned N = 0; Ticks < 100; ++N) {
      unsigned char **At = &Held[N % 64];
      for (unsigned I = 0; *At && I != 64; ++I)
        if ((*At)[I] != N % 64)
          return 4; /* a handler was given what the program has */
      free(*At);
      *At = malloc(64);
      memset(*At, (int)(N % 64), 64);
      fill(B);
      finish(B);
      if (Ticks % 20 == 0)
        RETSAN_CHECKPOINT();
    }
    struct itimerval Off = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &Off, NULL);
    return 0;
  }
  if (IS("overwritten")) {
    /* Values that were stored over others, more than the runtime keeps apart;
     * one in two is freed, and one in four moved by realloc. */
    enum { Boxes = 200 };
    static struct box *All[Boxes];
    for (unsigned I = 0; I != Boxes; ++I)
      All[I] = calloc(1, sizeof *All[I]);
    for (unsigned Round = 0; Round != 3; ++Round)
      for (unsigned I = 0; I != Boxes; ++I) {
        void *Old = All[I]->kept;
        STORE(Kept, All[I]->kept, malloc(100));
        free(Old);
      }
    for (unsigned I = 0; I != Boxes; ++I)
      if (I % 4 == 0)
        Sink = realloc(All[I]->kept, 5000);
      else if (I % 2 == 0)
        free(All[I]->kept);
    for (unsigned I = 0; I != Boxes; ++I)
      Sink = malloc(100); /* the same addresses again */
    for (unsigned I = 0; I != Boxes; ++I)
      PHASE(DoneField, All[I]->done, 1);
    return 0;
  }
  if (IS("core-size")) {
    /* What a core dump would hold: readable mappings that are not left out. */
    FILE *Maps = fopen("/proc/self/smaps", "r");
    char Line[4096], Rights[5] = "";
    unsigned long Kilobytes = 0, Sum = 0, Unused;
    while (Maps && fgets(Line, sizeof Line, Maps)) {
      if (sscanf(Line, "%lx-%lx %4s", &Unused, &Unused, Rights) == 3)
        Kilobytes = 0;
      else if (sscanf(Line, "Size: %lu kB", &Kilobytes) != 1 &&
               !strncmp(Line, "VmFlags:", 8) && Rights[0] == 'r' &&
               !strstr(Line, " dd"))
        Sum += Kilobytes;
    }
    fprintf(stderr, "%lu MB in a core\n", Sum >> 10);
    return !Sum || Sum > (400ul << 10);
  }
  if (IS("no-ptrace")) {
    if (denySystemCall(SYS_ptrace, EPERM))
      return 77;
    if (ptrace(PTRACE_TRACEME, 0, 0, 0) != -1)
      return 1;
    return RETSAN_CHECKPOINT() != 1000;
  }
  if (IS("no-open")) {
    if (denySystemCall(SYS_openat, EACCES))
      return 77;
    if (open("/dev/null", O_RDONLY) != -1)
      return 1;
    return RETSAN_CHECKPOINT() != 1000;
  }
  if (IS("closes-all-files")) {
    for (int Fd = 3; Fd != 2000; ++Fd)
      close(Fd);
    int Mine = open("/dev/null", O_WRONLY);
    if (Mine != 3)
      return 1;
    /* A file of ours where the profile was. */
    FILE *Note = tmpfile();
    if (!Note)
      return 1;
    for (int Fd = 100; Fd != 1010; ++Fd)
      dup2(fileno(Note), Fd);
    RETSAN_CHECKPOINT();
    fseek(Note, 0, SEEK_END);
    return ftell(Note) != 0;
  }
  if (IS("no-files-left")) {
    struct rlimit Few = {3, 3};
    return setrlimit(RLIMIT_NOFILE, &Few) || !RETSAN_CHECKPOINT();
  }
  if (IS("read-only-folder"))
    return chdir("/proc") != 0;
  if (IS("lowest-file")) {
    /* Programs count on it: what is opened first is 3. */
    int Fd = open("/dev/null", O_RDONLY);
    return Fd != 3;
  }
  fprintf(stderr, "no scenario %s\n", Name);
  return 2;
}

int main(int Argc, char **Argv) {
  return scenario(Argc > 1 ? Argv[1] : "", Argv);
}
