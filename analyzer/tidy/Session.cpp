//===- Session.cpp - one run of the engine for each unit ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/tidy/Session.h"
#include "analyzer/extract/Extract.h"
#include "clang/Basic/SourceManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Path.h"

using namespace clang;
using namespace llvm;

namespace retsan::tidy {

std::string UnitResult::absolute(StringRef File) const {
  if (sys::path::is_absolute(File))
    return File.str();
  SmallString<256> Path(Root);
  sys::path::append(Path, File);
  return std::string(Path);
}

std::shared_ptr<Session> Session::current() {
  static std::weak_ptr<Session> Alive;
  std::shared_ptr<Session> S = Alive.lock();
  if (!S)
    Alive = S = std::make_shared<Session>();
  return S;
}

void Session::enable(StringRef Check) {
  if (!is_contained(Opts.Checks, Check))
    Opts.Checks.push_back(Check.str());
}

void Session::addDeallocator(solve::Deallocator D) {
  for (const solve::Deallocator &Known : Opts.Deallocators)
    if (Known.Name == D.Name && Known.Arg == D.Arg)
      return;
  Opts.Deallocators.push_back(std::move(D));
}

static std::string mainFileOf(ASTContext &Ctx) {
  const SourceManager &SM = Ctx.getSourceManager();
  OptionalFileEntryRef FE = SM.getFileEntryRefForID(SM.getMainFileID());
  SmallString<256> Path(FE ? FE->getName() : StringRef("input"));
  SM.getFileManager().makeAbsolutePath(Path);
  sys::path::remove_dots(Path, /*remove_dot_dot=*/true);
  return std::string(Path);
}

UnitResult &Session::result(ASTContext &Ctx) {
  if (Result)
    return *Result;
  Result.emplace(Ctx);
  Result->Deallocators = Opts.Deallocators;
  // What does not compile is reported by clang-tidy itself.
  if (Ctx.getDiagnostics().hasUncompilableErrorOccurred())
    return *Result;
  const UnitIndex &Index = Result->Index;
  std::vector<facts::Unit> Units;
  Units.push_back(extract::extractFromAST(Ctx));
  Units.back().MainFile = mainFileOf(Ctx);
  Result->Root = sys::path::parent_path(Units.back().MainFile).str();

  Opts.W = solve::World::Tu;
  // Who wants more runs several clang-tidys.
  Opts.Jobs = 1;
  Opts.Root = Result->Root;
  Opts.Wanted = [&Index](uint64_t Id) { return Index.whole(Id) != nullptr; };
  FindingsFile File = solve::solve(std::move(Units), Opts);
  for (Finding &F : File.Findings) {
    // A phase that another unit may change is no phase that was seen.
    bool Seen = Index.whole(F.SubjectId) &&
                all_of(F.Phases, [&](const SubjectRef &Phase) {
                  return Index.whole(Phase.SubjectId) != nullptr;
                });
    if (Seen && F.Suppressed.empty())
      Result->Findings.push_back(std::move(F));
  }
  return *Result;
}

} // namespace retsan::tidy
