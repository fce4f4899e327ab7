//===- SourcesId.cpp - which solver gave these answers --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/SourcesId.h"

llvm::StringRef retsan::solve::sourcesId() {
  return
#include RETSAN_SOURCES_HASH
      ;
}
