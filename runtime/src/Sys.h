//===- Sys.h - the operating system, without libc -------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Raw system calls, a futex lock, memory from mmap, the clock and text output.
// The runtime runs inside malloc, in signal handlers and while other threads
// are stopped, so nothing here takes a lock of libc, sets errno or allocates.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_SYS_H
#define RETSAN_RUNTIME_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <time.h>

#define RETSAN_EXPORT extern "C" __attribute__((visibility("default")))
#define RETSAN_LIKELY(X) __builtin_expect(!!(X), 1)
#define RETSAN_UNLIKELY(X) __builtin_expect(!!(X), 0)

namespace retsan {

inline long sysCall(long N, long A = 0, long B = 0, long C = 0, long D = 0,
                    long E = 0, long F = 0) {
  long Ret;
  register long R10 __asm__("r10") = D;
  register long R8 __asm__("r8") = E;
  register long R9 __asm__("r9") = F;
  __asm__ volatile("syscall"
                   : "=a"(Ret)
                   : "a"(N), "D"(A), "S"(B), "d"(C), "r"(R10), "r"(R8), "r"(R9)
                   : "rcx", "r11", "memory");
  return Ret;
}

// The generic builtins: Clang has the _n forms for integers and pointers only.
template <typename T> T loadRelaxed(const T &X) {
  T V;
  __atomic_load(&X, &V, __ATOMIC_RELAXED);
  return V;
}
template <typename T> T loadAcquire(const T &X) {
  T V;
  __atomic_load(&X, &V, __ATOMIC_ACQUIRE);
  return V;
}
template <typename T, typename U> void storeRelaxed(T &X, U Value) {
  T V = static_cast<T>(Value);
  __atomic_store(&X, &V, __ATOMIC_RELAXED);
}
template <typename T, typename U> void storeRelease(T &X, U Value) {
  T V = static_cast<T>(Value);
  __atomic_store(&X, &V, __ATOMIC_RELEASE);
}

/// Waits while *\p Word is \p Value, at most \p Nanos (-1: for ever).
void futexWait(uint32_t *Word, uint32_t Value, int64_t Nanos);
void futexWake(uint32_t *Word, int Count);

/// A lock of one word: 0 free, 1 taken, 2 taken with waiters (Drepper, "Futexes
/// are tricky", mutex 2).
class Lock {
public:
  void lock() {
    uint32_t Zero = 0;
    // Atomic instructions cost most of a lock that nobody contends for.
    if (__libc_single_threaded && Word == 0) {
      Word = 1;
      return;
    }
    if (RETSAN_LIKELY(__atomic_compare_exchange_n(
            &Word, &Zero, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
      return;
    lockSlow();
  }
  void unlock() {
    if (__libc_single_threaded && Word == 1) {
      Word = 0;
      return;
    }
    if (RETSAN_UNLIKELY(__atomic_exchange_n(&Word, 0, __ATOMIC_RELEASE) == 2))
      futexWake(&Word, 1);
  }

private:
  void lockSlow();
  uint32_t Word = 0;
};

/// Zeroed memory that the kernel commits as it is touched; null on failure.
void *mapMemory(size_t Size);
/// The same, left out of core dumps.
void *mapTable(size_t Size);
void setDumped(void *Begin, void *End, bool Dumped);
void unmapMemory(void *P, size_t Size);

/// The kernel's clock_gettime, without libc around it.
extern int (*CoarseClock)(clockid_t, struct timespec *)
    __attribute__((visibility("hidden")));
/// The wall clock, in nanoseconds, to the last tick of the kernel.
inline uint64_t ticks() {
  struct timespec Ts;
  CoarseClock(CLOCK_MONOTONIC_COARSE, &Ts);
  return static_cast<uint64_t>(Ts.tv_sec) * 1000000000u +
         static_cast<uint64_t>(Ts.tv_nsec);
}
void startClock();
/// From now on it is always the same moment.
void stopClock();
/// What \p Ticks since startClock() are in seconds.
double tickSeconds();
uint64_t nanoseconds();

int currentTid();
int currentPid();

/// Memory handed out in order and never returned.
class Arena {
public:
  void *allocate(size_t Size);
  template <typename T> T *make(size_t Count = 1) {
    return static_cast<T *>(allocate(sizeof(T) * Count));
  }
  char *copyString(const char *S);

private:
  char *Cur = nullptr, *End = nullptr;
};

/// A vector in mapped memory; it only grows.
template <typename T> class MapVector {
public:
  bool push(const T &X) {
    if (Count == Capacity &&
        !grow(Capacity ? Capacity * 2 : 4096 / sizeof(T) + 1))
      return false;
    Data[Count++] = X;
    return true;
  }
  T &operator[](size_t I) { return Data[I]; }
  const T &operator[](size_t I) const { return Data[I]; }
  T *begin() { return Data; }
  T *end() { return Data + Count; }
  size_t size() const { return Count; }
  bool empty() const { return Count == 0; }
  T pop() { return Data[--Count]; }
  void dropFirst(size_t N) {
    for (size_t I = N; I != Count; ++I)
      Data[I - N] = Data[I];
    Count -= N;
  }
  void clear() { Count = 0; }
  /// Shell's, in place. \p Before must tell any two elements apart for one
  /// order of them.
  template <typename Less> void sort(Less Before) {
    size_t Gap = 1;
    while (Gap < Count / 3)
      Gap = Gap * 3 + 1;
    for (; Gap; Gap /= 3)
      for (size_t I = Gap; I < Count; ++I) {
        T X = Data[I];
        size_t At = I;
        for (; At >= Gap && Before(X, Data[At - Gap]); At -= Gap)
          Data[At] = Data[At - Gap];
        Data[At] = X;
      }
  }
  void release() {
    if (Data)
      unmapMemory(Data, Capacity * sizeof(T));
    Data = nullptr;
    Count = Capacity = 0;
  }

private:
  bool grow(size_t NewCapacity) {
    T *New = static_cast<T *>(mapMemory(NewCapacity * sizeof(T)));
    if (!New)
      return false;
    for (size_t I = 0; I != Count; ++I)
      New[I] = Data[I];
    if (Data)
      unmapMemory(Data, Capacity * sizeof(T));
    Data = New;
    Capacity = NewCapacity;
    return true;
  }
  T *Data = nullptr;
  size_t Count = 0, Capacity = 0;
};

/// Text for stderr, notes and file names; what does not fit is cut.
class Text {
public:
  Text &operator<<(const char *S);
  Text &operator<<(uint64_t N);
  Text &operator<<(uint32_t N) { return *this << static_cast<uint64_t>(N); }
  Text &operator<<(int N);
  const char *str() const { return Buf; }
  size_t size() const { return Len; }
  /// Writes it, with the prefix that all our messages have, to stderr.
  void print() const;

private:
  char Buf[1024] = {};
  size_t Len = 0;
};

/// The match of LeakSanitizer's suppressions: anywhere in \p Text; `*` stands
/// for anything, `^` and `$` anchor.
bool matchesTemplate(const char *Template, const char *Text);
int compareStrings(const char *A, const char *B);
size_t stringLength(const char *S);

/// Reads a file of /proc into mapped memory. False if it cannot be opened.
bool readFile(const char *Path, MapVector<char> &Out);

} // namespace retsan

#endif
