//===- MergedFields.h - which field a merged address is of ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In `for (pp = &h->head; *pp; pp = &(*pp)->next)` the address pp is that of
// one field at first and of another later, or of no field that we know. For
// each phi or select of addresses a second one is made that carries the field's
// number, so that an access through pp can tell at run time whose it is.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_PASSES_MERGEDFIELDS_H
#define RETSAN_PASSES_MERGEDFIELDS_H

#include "FunctionView.h"

namespace retsan::passes {

class MergedFields {
public:
  explicit MergedFields(FunctionView &View) : View(View) {}

  /// \p Address (of the analysed function) is that of \p Field.
  void addRoot(llvm::Value *Address, unsigned Field);
  /// An i32 of the original function: the field's index plus one, or 0.
  llvm::Value *fieldOf(llvm::Value *V);

private:
  FunctionView &View;
  llvm::DenseMap<llvm::Value *, llvm::Value *> Known;
};

} // namespace retsan::passes

#endif
