//===- Keys.h - what a subject's answer depends on, as one number ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The answer for a subject is a function of what its engine reads: the bodies
// of the functions near it, what callers know of the others, the tables of
// types and variables, and the options. A key is a hash over all of that by
// content, not by index, so that it is the same in another run over other units
// as long as nothing that matters has changed. Answers are kept under it.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_KEYS_H
#define RETSAN_ANALYZER_SOLVE_KEYS_H

#include "analyzer/solve/Closure.h"

#include "llvm/ADT/BitVector.h"

namespace retsan::solve {

/// A hash that is fed numbers and strings.
class Hasher {
public:
  Hasher &add(uint64_t V) {
    H = (H ^ V) * 0x9E3779B97F4A7C15ull;
    H ^= H >> 32;
    return *this;
  }
  Hasher &add(llvm::StringRef S);
  uint64_t value() const { return H; }

private:
  uint64_t H = 0x243F6A8885A308D3ull;
};

class Keys {
public:
  /// \p Salt stands for the tool, its options and the root.
  Keys(const Context &C, uint64_t Salt);

  /// Of what callers without focus see of all functions: of the whole program.
  uint64_t ofProgram() const;
  /// What they see of each, as a number; \p Base summarises them.
  std::vector<uint64_t> summaries(Engine &Base) const;
  /// These are asked for by the keys of subjects.
  void know(std::vector<uint64_t> Summaries) { Known = std::move(Summaries); }

  /// Key of a subject's answer under the focus of \p E, for a closure that has
  /// its entries and has not run yet.
  uint64_t of(const Subject &S, const Engine &E, const Closure &Cl,
              unsigned Asked, const llvm::BitVector &Leavers,
              Engine::Scope &Sc) const;

private:
  uint64_t str(facts::StrId S) const { return Strings[S]; }
  uint64_t operand(const facts::Operand &O) const;
  uint64_t path(llvm::ArrayRef<facts::PathElem> Path) const;
  uint64_t loc(facts::SrcLoc L, uint32_t Fn) const;
  uint64_t tracked(const Tracked &T) const;
  uint64_t namesOf(FieldRef F) const;
  void hashTables();
  void hashRecord(uint32_t R);
  void forRecords(facts::TypeId T,
                  llvm::function_ref<void(uint32_t)> Note) const;
  llvm::BitVector namedBy(const facts::Function &F) const;
  llvm::SmallVector<uint32_t, 2> addressedBy(const facts::Function &F) const;
  uint64_t contentOf(llvm::BitVector Set) const;
  uint64_t hashType(const facts::Type &T, unsigned Depth) const;
  uint64_t hashBody(uint32_t Fn) const;
  uint64_t hashBase(uint32_t Fn, Engine &Base) const;

  const Context &C;
  const Program &P;
  std::vector<std::vector<uint32_t>> Lines; ///< Of functions.
  uint64_t Salt;
  std::vector<uint64_t> Strings, Types, Records, Globals, Callees, Slots;
  std::vector<uint64_t> Bodies; ///< Functions as their own engine reads them.
  std::vector<uint64_t> Known; ///< Functions as callers without focus see them.
  std::vector<uint64_t> Contents; ///< Of records: what is in them.
  std::vector<llvm::SmallVector<uint32_t, 4>> LeadsTo; ///< Records to records.
  std::vector<llvm::BitVector> Named; ///< Functions to the records they name.
  /// Functions whose address a function takes: it may call them by it.
  std::vector<llvm::SmallVector<uint32_t, 2>> Addressed;
};

} // namespace retsan::solve

#endif
