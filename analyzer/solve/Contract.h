//===- Contract.h - the expression of RETSAN_LIVE_WHILE -------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A contract joins comparisons of scalars of the same object with constants by
// `&&`, `||` and `!`. It is asked of abstract states, so the answer may also be
// that it is not known. Facts carry the text; where it names an enumerator, the
// value follows in a comment: "state == R_BODY /* 1 */".
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_SOLVE_CONTRACT_H
#define RETSAN_ANALYZER_SOLVE_CONTRACT_H

#include "analyzer/solve/Symbols.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace retsan::solve {

/// The variables that a contract names, as "a.b", with the bits asked for or 0.
struct ContractName {
  std::string Name;
  int64_t Mask = 0;
};
std::vector<ContractName> contractNames(llvm::StringRef Text);

/// Whether the contract holds, if that is known, given what is known of its
/// variables: null for those nothing is known of.
std::optional<bool>
contractHolds(llvm::StringRef Text,
              llvm::function_ref<const Con *(llvm::StringRef, int64_t)> Value);

/// The contract as its author wrote it.
std::string contractText(llvm::StringRef Text);

} // namespace retsan::solve

#endif
