//===- FuzzText.cpp - suppressions, policies, diffs
//-----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The readers of what people write. The first byte chooses one of them.
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/ChangedLines.h"
#include "analyzer/report/Policy.h"
#include "analyzer/report/Suppressions.h"
#include "analyzer/test/fuzz/Fuzz.h"

using namespace llvm;
using namespace retsan;

static FindingsFile sample() {
  FindingsFile F;
  Finding X;
  X.Fingerprint = "0123456789abcdef";
  X.Check = "retsan-stale-field";
  X.Subject = "hmap.oldbuckets";
  X.File = "src/hmap.c";
  X.Function = "hmap_set";
  X.Line = 7;
  F.Findings.push_back(X);
  return F;
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  if (Size == 0)
    return 0;
  StringRef Text = fuzz::text(Data + 1, Size - 1);
  FindingsFile F = sample();
  switch (Data[0]) {
  case 's':
    if (auto S = report::Suppressions::parse(Text, "in.txt")) {
      S->apply(F);
      (void)S->unused();
    } else {
      fuzz::requireNamed(S.takeError(), "in.txt");
    }
    break;
  case 'p':
    if (auto P = report::parsePolicy(Text, "in.txt")) {
      report::applyLevels(F, P->Level.value_or(Confidence::High), P->Paths);
      (void)report::applyBudgets(F, P->Budgets);
    } else {
      fuzz::requireNamed(P.takeError(), "in.txt");
    }
    break;
  case 'd':
    if (auto D = report::ChangedLines::parse(Text, "in.txt")) {
      D->setBases({"/src"});
      D->apply(F);
    } else {
      fuzz::requireNamed(D.takeError(), "in.txt");
    }
    break;
  default:
    break;
  }
  return 0;
}
