//===- Settle.cpp - order, duplicates and names of findings ---------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A unit that several programs link gives the same finding in each of them, in
// one link or in its shards. A fingerprint counts the findings of one subject
// in one function, so it can be given only when all are there.
//
//===----------------------------------------------------------------------===//

#include "analyzer/model/Settle.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <map>
#include <tuple>

using namespace llvm;

namespace retsan {

static auto place(const Finding &F) {
  return std::tie(F.File, F.Line, F.Subject, F.Check, F.Function, F.Message);
}

/// Of two that say the same the surer comes first, then the one with the
/// shorter story; the rest only makes it an order.
static bool before(const Finding &A, const Finding &B) {
  if (place(A) != place(B))
    return place(A) < place(B);
  if (A.Level != B.Level)
    return A.Level > B.Level;
  if (A.Witness.size() != B.Witness.size())
    return A.Witness.size() < B.Witness.size();
  auto Step = [](const WitnessStep &W) {
    return std::tie(W.Call, W.File, W.Line, W.Note);
  };
  for (auto [X, Y] : zip(A.Witness, B.Witness))
    if (Step(X) != Step(Y))
      return Step(X) < Step(Y);
  return std::tie(A.State, A.Reasons) < std::tie(B.State, B.Reasons);
}

static std::string fingerprint(const Finding &F, unsigned Ordinal) {
  std::string Key = F.Check + "\n" + F.Subject + "\n" + F.Function + "\n" +
                    std::to_string(Ordinal);
  // A global of internal linkage is told apart by its file.
  if (F.Suspect.RecordKey.empty() &&
      F.Suspect.Path.find('@') != std::string::npos)
    Key += "\n" + F.Decl.File;
  return utohexstr(xxh3_64bits(Key), /*LowerCase=*/true, 16);
}

void settle(FindingsFile &File) {
  llvm::sort(File.Findings, before);
  std::vector<Finding> Unique;
  std::map<std::tuple<uint64_t, std::string, std::string, uint32_t>, size_t>
      Known;
  for (Finding &F : File.Findings) {
    auto [It, New] = Known.try_emplace({F.SubjectId, F.Check, F.File, F.Line},
                                       Unique.size());
    if (New)
      Unique.push_back(std::move(F));
    else if (F.Level > Unique[It->second].Level)
      Unique[It->second] = std::move(F);
  }
  llvm::sort(Unique, before);
  std::map<std::tuple<std::string, std::string, std::string, std::string>,
           unsigned>
      Ordinals;
  for (Finding &F : Unique)
    F.Fingerprint = fingerprint(
        F, Ordinals[{F.Check, F.Subject, F.Function, F.Decl.File}]++);
  File.Findings = std::move(Unique);
  llvm::sort(File.Deallocators);
  File.Deallocators.erase(
      std::unique(File.Deallocators.begin(), File.Deallocators.end()),
      File.Deallocators.end());
  File.FindingsId = computeFindingsId(File);
}

} // namespace retsan
