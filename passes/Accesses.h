//===- Accesses.h - all that happens to the slots of one function ---------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A root is a place where the address of an instrumented field or global
// appears. Following it through the SSA form gives the loads and stores of the
// slot, the calls it escapes to, and the phis where it is merged with other
// addresses.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_ACCESSES_H
#define RETSAN_PASSES_ACCESSES_H

#include "Classify.h"

namespace retsan::passes {

struct Root {
  llvm::Value *Address = nullptr; ///< The annotation's call, or the global.
  unsigned Field = 0;
  /// The result of a call that returns the field's address on some paths: the
  /// runtime must see whether it does.
  bool Maybe = false;
};

/// True if \p V is \p Address or points into the same object on all ways to it.
bool derivesFrom(const llvm::Value *V, const llvm::Value *Address);

/// One thing that happens to the slot, at \p At (an instruction of the analysed
/// function).
struct Access {
  enum KindTy {
    Load,      ///< At reads the slot; F says what becomes of the value.
    UseLater,  ///< At uses a value that Loaded read, on some paths only.
    Store,     ///< At writes the slot, and may read it as well.
    CallArg,   ///< The address is an argument of At: F, Writes.
    Leak,      ///< At makes the address known to code that is not followed.
    Returned,  ///< At returns the address.
    Overwrite, ///< At is a memset or memcpy over the slot.
  } Kind = Load;
  llvm::Instruction *At = nullptr;
  llvm::Instruction *Loaded = nullptr;
  Fate F = Fate::Nothing;
  bool Writes = false;
  unsigned OpNo =
      0; ///< Operand of At (of Loaded, for UseLater) with the address.
  /// The address is \p Via, a phi or select of this address and of others.
  llvm::Value *Via = nullptr;
};

/// What the functions of the module do with an address that they are given.
class Summaries {
public:
  explicit Summaries(const Unit &U) : U(U) {}
  AddressFate of(const llvm::CallBase &Call, unsigned ArgNo,
                 const FieldInfo &Field);

private:
  const Unit &U;
  std::map<std::pair<const llvm::Function *, unsigned>, AddressFate> Known;
};

/// The accesses through \p Address, of the field \p Field, in the function \p
/// F, in no particular order.
std::vector<Access> findAccesses(llvm::Value *Address, const FieldInfo &Field,
                                 llvm::Function &F, const Unit &U,
                                 Summaries &Calls);

} // namespace retsan::passes

#endif
