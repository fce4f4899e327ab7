//===- MemoryOps.h - writes of many fields at once ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// memset, memcpy and the read-modify-write of a bit field's storage unit: what
// they do to fields is known from the source (PlaceInfo); here they are found
// again in the IR.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_MEMORYOPS_H
#define RETSAN_PASSES_MEMORYOPS_H

#include "Unit.h"
#include "llvm/IR/Instructions.h"

namespace retsan::passes {

/// Bytes that a memory operation moves or sets: destination, source (null for a
/// wipe) and length. False if \p I is none.
bool memoryOperation(llvm::Instruction &I, llvm::Value *&Dst, llvm::Value *&Src,
                     llvm::Value *&Len);

/// The place of the memory operation \p I among those at its position: several
/// operations of one macro differ in the size of their object.
const PlaceInfo *bestPlace(llvm::Instruction &I,
                           llvm::ArrayRef<PlaceInfo> Here);

/// Whether \p Store writes back bits of what it stores to: `p = (p & mask) |
/// bits`.
bool changesBits(const llvm::StoreInst &Store);

} // namespace retsan::passes

#endif
