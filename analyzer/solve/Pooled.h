//===- Pooled.h - small arrays of plain values ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// States are copied at every branch and call, and most of a run's time was
// spent in moving their inline storage and in malloc for what outgrew it. A
// Pooled array is a pointer to a block whose size is a power of two; each
// thread keeps the blocks that it gave up for the next copy.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_POOLED_H
#define RETSAN_ANALYZER_SOLVE_POOLED_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Compiler.h"
#include "llvm/Support/MemAlloc.h"

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

namespace retsan::solve {

/// Blocks that a thread has no use for now, by size.
class BlockCache {
public:
  static constexpr unsigned Classes = 7; ///< 64 bytes to 4 KB.
  static size_t sizeOf(unsigned Class) { return size_t(64) << Class; }

  ~BlockCache() {
    for (unsigned I = 0; I < Classes; ++I) {
      Count[I] = Most; // What is given up later is freed at once.
      while (Link *L = Free[I]) {
        Free[I] = L->Next;
        std::free(L);
      }
    }
  }
  static void *take(unsigned Class) {
    BlockCache &C = mine();
    Link *L = C.Free[Class];
    if (!L)
      return llvm::safe_malloc(sizeOf(Class));
    C.Free[Class] = L->Next;
    --C.Count[Class];
    return L;
  }
  static void give(void *P, unsigned Class) {
    BlockCache &C = mine();
    // A sanitizer sees blocks that are used after they were given up.
    if (LLVM_ADDRESS_SANITIZER_BUILD || C.Count[Class] >= Most)
      return std::free(P);
    ++C.Count[Class];
    C.Free[Class] = new (P) Link{C.Free[Class]};
  }

private:
  static constexpr unsigned Most = 4096;
  struct Link {
    Link *Next;
  };
  Link *Free[Classes] = {};
  unsigned Count[Classes] = {};
  static BlockCache &mine() {
    static thread_local BlockCache Cache;
    return Cache;
  }
};

/// As much of a vector's interface as states need.
template <typename T> class Pooled {
  static_assert(std::is_trivially_copyable_v<T> &&
                std::is_trivially_destructible_v<T>);

public:
  using value_type = T;
  using iterator = T *;
  using const_iterator = const T *;

  Pooled() = default;
  Pooled(const Pooled &O) { *this = O; }
  Pooled(Pooled &&O) noexcept { swap(O); }
  Pooled &operator=(const Pooled &O) {
    if (this == &O)
      return *this;
    if (O.Size > Capacity) {
      release();
      obtain(O.Size);
    }
    Size = O.Size;
    if (Size)
      std::memcpy(static_cast<void *>(Data), O.Data, Size * sizeof(T));
    return *this;
  }
  Pooled &operator=(Pooled &&O) noexcept {
    swap(O);
    return *this;
  }
  ~Pooled() { release(); }
  void swap(Pooled &O) noexcept {
    std::swap(Data, O.Data);
    std::swap(Size, O.Size);
    std::swap(Capacity, O.Capacity);
    std::swap(Class, O.Class);
  }

  T *begin() { return Data; }
  T *end() { return Data + Size; }
  const T *begin() const { return Data; }
  const T *end() const { return Data + Size; }
  size_t size() const { return Size; }
  bool empty() const { return Size == 0; }
  T &operator[](size_t I) { return Data[I]; }
  const T &operator[](size_t I) const { return Data[I]; }
  T &back() { return Data[Size - 1]; }
  operator llvm::ArrayRef<T>() const { return {Data, Size}; }

  void clear() { Size = 0; }
  void push_back(const T &X) { insert(end(), X); }
  T *insert(T *At, const T &X) {
    T Copy = X; // It may be an element.
    size_t I = At - Data;
    if (Size == Capacity)
      grow();
    std::memmove(static_cast<void *>(Data + I + 1), Data + I,
                 (Size - I) * sizeof(T));
    Data[I] = Copy;
    ++Size;
    return Data + I;
  }
  T *erase(T *From, T *To) {
    if (From == To)
      return From; // Also where there is no memory yet.
    std::memmove(static_cast<void *>(From), To, (end() - To) * sizeof(T));
    Size -= To - From;
    return From;
  }

private:
  void obtain(size_t N) {
    size_t Bytes = N * sizeof(T);
    for (Class = 0; Class < BlockCache::Classes; ++Class)
      if (Bytes <= BlockCache::sizeOf(Class))
        break;
    if (Class == BlockCache::Classes) {
      Data = static_cast<T *>(llvm::safe_malloc(2 * Bytes));
      Capacity = 2 * N;
      return;
    }
    Data = static_cast<T *>(BlockCache::take(Class));
    Capacity = BlockCache::sizeOf(Class) / sizeof(T);
  }
  void release() {
    if (!Data)
      return;
    if (Class == BlockCache::Classes)
      std::free(Data);
    else
      BlockCache::give(Data, Class);
    Data = nullptr;
    Capacity = 0;
  }
  void grow() {
    Pooled Wide;
    Wide.obtain(Size + 1);
    if (Size)
      std::memcpy(static_cast<void *>(Wide.Data), Data, Size * sizeof(T));
    Wide.Size = Size;
    swap(Wide);
  }

  T *Data = nullptr;
  uint32_t Size = 0, Capacity = 0;
  uint32_t Class = 0;
};

} // namespace retsan::solve

#endif
