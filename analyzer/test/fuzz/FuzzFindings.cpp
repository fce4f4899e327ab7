//===- FuzzFindings.cpp - the reader of findings and baselines
//------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Findings files are also baselines and lists of suspects. What is read must
// survive being written and read, and be printable.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Findings.h"
#include "analyzer/test/fuzz/Fuzz.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace retsan;

static std::string written(const FindingsFile &F) {
  std::string Text;
  raw_string_ostream OS(Text);
  writeJSON(F, OS);
  return Text;
}

int LLVMFuzzerTestOneInput(const uint8_t *Data, size_t Size) {
  Expected<FindingsFile> F =
      parseFindings(fuzz::text(Data, Size), "findings.json");
  if (!F) {
    fuzz::requireNamed(F.takeError(), "findings.json");
    return 0;
  }
  std::string First = written(*F);
  Expected<FindingsFile> Again = parseFindings(First, "again.json");
  fuzz::require(static_cast<bool>(Again), "what was written cannot be read");
  fuzz::require(written(*Again) == First, "two writings differ");
  return 0;
}
