//===- Ownership.h - which fields own what they point to ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A flow-insensitive graph of where pointers come from and go to, over fields,
// globals, locals, parameters and return values of the whole program. A field
// owns its target if what is read from it reaches a deallocator, or what is
// stored into it comes from an allocator, without passing through another
// field.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_OWNERSHIP_H
#define RETSAN_ANALYZER_SOLVE_OWNERSHIP_H

#include "analyzer/solve/Program.h"
#include "llvm/ADT/BitVector.h"

namespace retsan::solve {

struct Deallocator;

class Ownership {
public:
  Ownership(const Program &P, const std::vector<Deallocator> &Frees);
  struct Evidence {
    bool Allocated = false; ///< Assigned from an allocation.
    bool Freed = false;     ///< Its value reaches a deallocator.
    bool Released =
        false; ///< Its value reaches a function that drops a reference.
    bool owned() const { return Allocated || Freed; }
  };
  Evidence field(FieldRef F) const;
  Evidence global(uint32_t G) const;
  /// Fields and globals that hand their value over to the given one in one
  /// function (`old = cur`).
  const llvm::SmallVector<FieldRef, 2> &sourcesOf(FieldRef F) const;
  const llvm::SmallVector<uint32_t, 2> &sourcesOfGlobal(uint32_t G) const;

private:
  uint32_t node(uint32_t Kind, uint32_t A, uint32_t B);
  llvm::DenseMap<std::pair<uint64_t, uint32_t>, uint32_t> Ids;
  std::vector<std::pair<uint64_t, uint32_t>> Names;
  std::vector<llvm::SmallVector<uint32_t, 2>> Out, In;
  llvm::BitVector FromAlloc, ToFree, ToRelease;
  llvm::DenseMap<FieldRef, llvm::SmallVector<FieldRef, 2>> Sources;
  llvm::DenseMap<uint32_t, llvm::SmallVector<uint32_t, 2>> GlobalSources;
};

} // namespace retsan::solve

#endif
