//===- SourcesId.cpp - which extraction made these facts ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/extract/SourcesId.h"
#include "clang/Basic/Version.h"

std::string retsan::extract::sourcesId() {
  // Of the Clang that is loaded now: an upgrade of the package counts, too.
  return
#include RETSAN_SOURCES_HASH
      +(" " + clang::getClangFullVersion());
}
