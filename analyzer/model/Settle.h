//===- Settle.h - order, duplicates and names of findings -----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_MODEL_SETTLE_H
#define RETSAN_ANALYZER_MODEL_SETTLE_H

#include "analyzer/model/Findings.h"

namespace retsan {

/// Sorts the findings by place, drops what is said twice and names the rest:
/// sets Fingerprint and FindingsId. Deallocators are sorted, too. The result
/// does not depend on the order before, and settling the parts of a list first
/// does not change it.
void settle(FindingsFile &F);

} // namespace retsan

#endif
