//===- Module.cpp - the clang-tidy module ---------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Loaded by `clang-tidy-19 --load=RetSanTidyModule.so`. The checks are those of
// Checks.def. All of clang and LLVM comes from the clang-tidy that loads the
// module, so it must be the version that the module was made for.
//
//===----------------------------------------------------------------------===//

#include "analyzer/tidy/EngineCheck.h"
#include "clang-tidy/ClangTidyModule.h"
#include "clang-tidy/ClangTidyModuleRegistry.h"
#include "clang/Basic/Version.h"

#include <cstdio>
#include <cstdlib>

using namespace retsan;
using namespace retsan::tidy;

/// Another major version has another ABI: loading there ends in a crash or,
/// worse, in zero findings and exit status 0. Runs before every other
/// constructor of the module.
__attribute__((constructor(101))) static void refuseOtherVersions() {
  std::string Version = clang::getClangFullVersion();
  if (Version.find("version " CLANG_VERSION_MAJOR_STRING ".") !=
      std::string::npos)
    return;
  std::fprintf(stderr,
               "RetSanTidyModule: made for clang-tidy %s, but loaded into %s\n",
               CLANG_VERSION_MAJOR_STRING, Version.c_str());
  std::_Exit(2);
}

namespace {

class RetSanModule : public clang::tidy::ClangTidyModule {
public:
  void
  addCheckFactories(clang::tidy::ClangTidyCheckFactories &Factories) override {
#define RETSAN_CHECK(Id, Name, Summary)                                        \
  Factories.registerCheck<EngineCheck>(Name);
#include "analyzer/model/Checks.def"
  }
};

} // namespace

static clang::tidy::ClangTidyModuleRegistry::Add<RetSanModule>
    X("retsan-module", "Fields that outlive their meaning.");
