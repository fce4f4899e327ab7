//===- Sys.cpp - the operating system, without libc -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Sys.h. The wall clock is the kernel's coarse one (1 to 4 ms): reading the
// TSC costs more than all the rest of a hook.
//
//===----------------------------------------------------------------------===//

#include "Runtime.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>

namespace retsan {

void futexWait(uint32_t *Word, uint32_t Value, int64_t Nanos) {
  struct timespec Ts = {Nanos / 1000000000, Nanos % 1000000000};
  sysCall(SYS_futex, reinterpret_cast<long>(Word), FUTEX_WAIT_PRIVATE, Value,
          Nanos < 0 ? 0 : reinterpret_cast<long>(&Ts));
}

void futexWake(uint32_t *Word, int Count) {
  sysCall(SYS_futex, reinterpret_cast<long>(Word), FUTEX_WAKE_PRIVATE, Count);
}

void Lock::lockSlow() {
  for (int Spin = 0; Spin != 100; ++Spin) {
    uint32_t Zero = 0;
    if (loadRelaxed(Word) == 0 &&
        __atomic_compare_exchange_n(&Word, &Zero, 1, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
      return;
    __builtin_ia32_pause();
  }
  while (__atomic_exchange_n(&Word, 2, __ATOMIC_ACQUIRE) != 0)
    futexWait(&Word, 2, -1);
}

void *mapMemory(size_t Size) {
  long P = sysCall(SYS_mmap, 0, static_cast<long>(Size), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (P < 0 && P > -4096)
    return nullptr;
  return reinterpret_cast<void *>(P);
}

void setDumped(void *Begin, void *End, bool Dumped) {
  constexpr uint64_t Page = 4096;
  uint64_t B = reinterpret_cast<uint64_t>(Begin) & ~(Page - 1);
  uint64_t E = (reinterpret_cast<uint64_t>(End) + Page - 1) & ~(Page - 1);
  sysCall(SYS_madvise, static_cast<long>(B), static_cast<long>(E - B),
          Dumped ? MADV_DODUMP : MADV_DONTDUMP);
}

void *mapTable(size_t Size) {
  void *P = mapMemory(Size);
  if (P)
    setDumped(P, static_cast<char *>(P) + Size, false);
  return P;
}

void unmapMemory(void *P, size_t Size) {
  sysCall(SYS_munmap, reinterpret_cast<long>(P), static_cast<long>(Size));
}

uint64_t nanoseconds() {
  struct timespec Ts;
  clock_gettime(CLOCK_MONOTONIC, &Ts);
  return static_cast<uint64_t>(Ts.tv_sec) * 1000000000u +
         static_cast<uint64_t>(Ts.tv_nsec);
}

int (*CoarseClock)(clockid_t, struct timespec *) = clock_gettime;

/// The vDSO's function of this name, which saves libc's part of a call.
static void *findInVdso(const char *Name) {
  uint64_t Base = getauxval(AT_SYSINFO_EHDR);
  if (!Base)
    return nullptr;
  auto *Head = reinterpret_cast<const Elf64_Ehdr *>(Base);
  auto *Part = reinterpret_cast<const Elf64_Phdr *>(Base + Head->e_phoff);
  uint64_t Bias = 0;
  const Elf64_Dyn *Dyn = nullptr;
  for (unsigned N = 0; N != Head->e_phnum; ++N) {
    if (Part[N].p_type == PT_LOAD && !Bias)
      Bias = Base + Part[N].p_offset - Part[N].p_vaddr;
    else if (Part[N].p_type == PT_DYNAMIC)
      Dyn = reinterpret_cast<const Elf64_Dyn *>(Base + Part[N].p_offset);
  }
  const Elf64_Sym *Symbols = nullptr;
  const char *Names = nullptr;
  const uint32_t *Hash = nullptr;
  for (; Dyn && Dyn->d_tag != DT_NULL; ++Dyn) {
    uint64_t At = Bias + Dyn->d_un.d_ptr;
    if (Dyn->d_tag == DT_SYMTAB)
      Symbols = reinterpret_cast<const Elf64_Sym *>(At);
    else if (Dyn->d_tag == DT_STRTAB)
      Names = reinterpret_cast<const char *>(At);
    else if (Dyn->d_tag == DT_HASH)
      Hash = reinterpret_cast<const uint32_t *>(At);
  }
  if (!Symbols || !Names || !Hash)
    return nullptr;
  for (uint32_t N = 1; N < Hash[1]; ++N) // the number of symbols
    if (!compareStrings(Names + Symbols[N].st_name, Name))
      return reinterpret_cast<void *>(Bias + Symbols[N].st_value);
  return nullptr;
}

void startClock() {
  if (void *F = findInVdso("__vdso_clock_gettime"))
    CoarseClock = reinterpret_cast<decltype(CoarseClock)>(F);
  R.StartTicks = ticks();
}

static int stoppedClock(clockid_t, struct timespec *Ts) {
  *Ts = {};
  return 0;
}

void stopClock() {
  CoarseClock = stoppedClock;
  R.StartTicks = 0;
}

double tickSeconds() { return 1e-9; }

int currentTid() { return static_cast<int>(sysCall(SYS_gettid)); }
int currentPid() { return static_cast<int>(sysCall(SYS_getpid)); }

void *Arena::allocate(size_t Size) {
  Size = (Size + 15) & ~static_cast<size_t>(15);
  if (static_cast<size_t>(End - Cur) < Size) {
    size_t Chunk = Size > (1u << 18) ? Size : (1u << 18);
    Cur = static_cast<char *>(mapMemory(Chunk));
    if (!Cur) {
      End = nullptr;
      return nullptr;
    }
    End = Cur + Chunk;
  }
  void *P = Cur;
  Cur += Size;
  return P;
}

char *Arena::copyString(const char *S) {
  size_t N = stringLength(S) + 1;
  char *P = static_cast<char *>(allocate(N));
  if (P)
    memcpy(P, S, N);
  return P;
}

Text &Text::operator<<(const char *S) {
  for (; S && *S && Len + 1 < sizeof Buf; ++S)
    Buf[Len++] = *S;
  return *this;
}

Text &Text::operator<<(uint64_t N) {
  char Digits[24];
  int I = sizeof Digits;
  Digits[--I] = 0;
  do {
    Digits[--I] = static_cast<char>('0' + N % 10);
    N /= 10;
  } while (N);
  return *this << &Digits[I];
}

Text &Text::operator<<(int N) {
  if (N < 0)
    return *this << "-" << static_cast<uint64_t>(-static_cast<int64_t>(N));
  return *this << static_cast<uint64_t>(N);
}

void Text::print() const {
  Text Line;
  Line << "RetSan: " << Buf << "\n";
  sysCall(SYS_write, 2, reinterpret_cast<long>(Line.Buf),
          static_cast<long>(Line.Len));
}

int compareStrings(const char *A, const char *B) {
  while (*A && *A == *B)
    ++A, ++B;
  return static_cast<unsigned char>(*A) - static_cast<unsigned char>(*B);
}

size_t stringLength(const char *S) {
  size_t N = 0;
  while (S[N])
    ++N;
  return N;
}

bool readFile(const char *Path, MapVector<char> &Out) {
  long Fd = sysCall(SYS_openat, AT_FDCWD, reinterpret_cast<long>(Path),
                    O_RDONLY | O_CLOEXEC);
  if (Fd < 0)
    return false;
  char Buf[4096];
  for (;;) {
    long N = sysCall(SYS_read, Fd, reinterpret_cast<long>(Buf), sizeof Buf);
    if (N <= 0)
      break;
    for (long I = 0; I != N; ++I)
      Out.push(Buf[I]);
  }
  sysCall(SYS_close, Fd);
  return true;
}

} // namespace retsan
