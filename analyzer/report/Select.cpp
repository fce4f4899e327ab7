//===- Select.cpp - which findings count ----------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/report/Select.h"

#include "analyzer/model/Settle.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/GlobPattern.h"

#include <tuple>

using namespace llvm;

namespace retsan::report {

Expected<std::vector<std::string>> selectChecks(StringRef Globs) {
  static const StringRef All[] = {
#define RETSAN_CHECK(Id, Name, Summary) Name,
#include "analyzer/model/Checks.def"
  };
  SmallVector<StringRef, 8> Parts;
  Globs.split(Parts, ',', -1, /*KeepEmpty=*/false);
  std::vector<std::string> Selected;
  // "-x" alone means all but x.
  if (!Parts.empty() && Parts.front().trim().starts_with("-"))
    Selected.assign(std::begin(All), std::end(All));
  for (StringRef Part : Parts) {
    StringRef Text = Part.trim();
    bool Take = !Text.consume_front("-");
    Expected<GlobPattern> Glob = GlobPattern::create(Text);
    if (!Glob)
      return Glob.takeError();
    bool Any = false;
    for (StringRef Check : All) {
      if (!Glob->match(Check))
        continue;
      Any = true;
      erase(Selected, Check.str());
      if (Take)
        Selected.push_back(Check.str());
    }
    if (!Any)
      return createStringError(inconvertibleErrorCode(),
                               "no check matches '" + Text +
                                   "'; `retsan help checks` lists them");
  }
  if (Selected.empty())
    return createStringError(inconvertibleErrorCode(),
                             "'" + Globs + "' selects no check");
  return Selected;
}

void markBaseline(FindingsFile &F, const FindingsFile &Baseline) {
  StringSet<> Known;
  for (const Finding &X : Baseline.Findings)
    Known.insert(X.Fingerprint);
  for (Finding &X : F.Findings)
    X.InBaseline = Known.contains(X.Fingerprint);
}

bool isNew(const Finding &F) {
  return F.Suppressed.empty() &&
         ((!F.InBaseline && !F.OutsideChange) || F.OverBudget);
}

bool fails(const FindingsFile &F, FailOn On) {
  if (On == FailOn::None)
    return false;
  return any_of(F.Findings, [&](const Finding &X) {
    if (X.OverBudget)
      return true;
    // A run has shown a refuted finding to be wrong.
    bool Refuted = X.Runtime && X.Runtime->V == Verdict::Refuted;
    if (!isNew(X) || Refuted || !X.Budget.empty())
      return false;
    switch (On) {
    case FailOn::New:
      return true;
    case FailOn::High:
      return X.Level == Confidence::High;
    case FailOn::Confirmed:
      return X.Runtime && X.Runtime->V == Verdict::Confirmed;
    case FailOn::None:
      return false;
    }
    return false;
  });
}

Difference diff(const FindingsFile &Old, const FindingsFile &New) {
  auto Fingerprints = [](const FindingsFile &F) {
    StringSet<> S;
    for (const Finding &X : F.Findings)
      S.insert(X.Fingerprint);
    return S;
  };
  StringSet<> InOld = Fingerprints(Old), InNew = Fingerprints(New);
  Difference D;
  for (const Finding &X : New.Findings)
    (InOld.contains(X.Fingerprint) ? D.PreExisting : D.Introduced)
        .push_back(&X);
  for (const Finding &X : Old.Findings)
    if (!InNew.contains(X.Fingerprint))
      D.Fixed.push_back(&X);
  return D;
}

static void addMissing(std::vector<Skipped> &To, std::vector<Skipped> &From) {
  for (Skipped &S : From)
    if (none_of(To, [&](const Skipped &T) {
          return T.What == S.What && T.Why == S.Why;
        }))
      To.push_back(std::move(S));
}

Expected<FindingsFile> mergeShards(std::vector<FindingsFile> Shards) {
  FindingsFile Out = std::move(Shards.front());
  for (FindingsFile &S : MutableArrayRef(Shards).drop_front()) {
    if (S.Root != Out.Root)
      return createStringError(inconvertibleErrorCode(),
                               "findings of " + S.Root + " and of " + Out.Root +
                                   " are no shards of one link");
    for (Finding &X : S.Findings)
      Out.Findings.push_back(std::move(X));
    Coverage &C = Out.Cov;
    // Each shard knows of everything and solves its share.
    C.TranslationUnits = std::max(C.TranslationUnits, S.Cov.TranslationUnits);
    C.Programs = std::max(C.Programs, S.Cov.Programs);
    C.Functions += S.Cov.Functions;
    C.FunctionsCapped += S.Cov.FunctionsCapped;
    C.RecordsSolved += S.Cov.RecordsSolved;
    C.SubjectsSolved += S.Cov.SubjectsSolved;
    addMissing(C.Failed, S.Cov.Failed);
    addMissing(C.RecordsSkipped, S.Cov.RecordsSkipped);
    llvm::append_range(Out.Deallocators, S.Deallocators);
  }
  settle(Out);
  return Out;
}

} // namespace retsan::report
