//===- Migrations.h - what containers say of their migrations -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The receiver of retsan/observer.h. An old array is known by its address from
// the begin of its migration until all of it was given back; one whose
// migration has ended is dead, and counts as such as long as it is there. A
// container may move or die meanwhile: arrays that the heap does not know any
// more are left out.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_MIGRATIONS_H
#define RETSAN_RUNTIME_MIGRATIONS_H

#include "ProfileWriter.h"
#include "Sys.h"

struct retsan_migration_v1;

namespace retsan {

class Migrations {
public:
  void receive(const retsan_migration_v1 &E);
  /// Appends the rows to the tables; with W.Mutex held.
  void write(ProfileWriter &W);
  /// Says on stderr which dead arrays are still there.
  void print();
  /// What came before belongs to the parent.
  void afterFork();

  Lock Mutex;

private:
  /// All containers of one name.
  struct Kind {
    const char *Name;
    uint64_t Begun, Ended, Released, Pinned;
  };
  struct Array {
    uint64_t At; ///< 0: a free place.
    uint64_t Container;
    uint64_t Bytes; ///< Not given back yet.
    uint32_t Id;    ///< Of the allocation that holds it, 0 if there is none.
    uint32_t Kind;
    bool Dead;
  };
  struct Sum {
    uint64_t Arrays, Bytes;
  };

  uint32_t kindOf(const char *Name);
  uint32_t placeOf(uint64_t At) const;
  Array *find(const retsan_migration_v1 &E);
  Array *enter(const retsan_migration_v1 &E, uint32_t Kind);
  void remove(Array &A);
  bool grow();
  bool isThere(const Array &A) const;
  Sum sum(uint32_t Kind, bool Dead) const;

  MapVector<Kind> Kinds;
  Arena Names;
  /// Open addressing; capacity is a power of two, at most half of it in use.
  Array *Arrays = nullptr;
  uint32_t Capacity = 0, Count = 0;
};

} // namespace retsan

#endif
