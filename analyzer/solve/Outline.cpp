//===- Outline.cpp - what must be known of all units at once --------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Outline.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <numeric>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

uint64_t nameHash(StringRef Usr) {
  // The two values that a DenseMap keeps for itself.
  return std::min<uint64_t>(xxh3_64bits(Usr), ~uint64_t(2));
}

static void settleNames(std::vector<uint64_t> &Names) {
  llvm::sort(Names);
  Names.erase(std::unique(Names.begin(), Names.end()), Names.end());
  Names.shrink_to_fit();
}

bool hasMain(const Unit &U) {
  return any_of(U.Functions, [&](const Function &F) {
    return U.str(U.Callees[F.Callee].Name) == "main";
  });
}

Outline outlineOf(const Unit &U) {
  Outline O;
  O.MainFile = U.MainFile;
  O.Command = U.Command;
  O.HasMain = hasMain(U);
  for (const Callee &C : U.Callees)
    O.Names.push_back(nameHash(U.str(C.Usr)));
  for (const Function &F : U.Functions) {
    const Callee &C = U.Callees[F.Callee];
    if (!F.InHeader && C.Link == Linkage::External)
      O.Defines.push_back(nameHash(U.str(C.Usr)));
    for (const Block &B : F.Blocks) {
      O.Weight += B.Instrs.size();
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Callee != None && I.Callee != F.Callee)
          O.Calls.push_back(O.Names[I.Callee]);
    }
  }
  for (const Global &G : U.Globals) {
    O.Names.push_back(nameHash(U.str(G.Usr)));
    if (G.Defined && G.Link == Linkage::External)
      O.Defines.push_back(O.Names.back());
  }
  settleNames(O.Defines);
  settleNames(O.Names);
  settleNames(O.Calls);
  return O;
}

std::vector<std::vector<size_t>> partition(ArrayRef<Outline> All) {
  DenseMap<uint64_t, SmallVector<uint32_t, 1>> Definers;
  std::vector<size_t> Mains;
  for (size_t U = 0; U < All.size(); ++U) {
    if (All[U].HasMain)
      Mains.push_back(U);
    for (uint64_t Name : All[U].Defines)
      Definers[Name].push_back(U);
  }
  if (Mains.size() <= 1) {
    std::vector<size_t> Whole(All.size());
    std::iota(Whole.begin(), Whole.end(), 0);
    return {std::move(Whole)};
  }
  std::vector<bool> Reached(All.size());
  std::vector<std::vector<size_t>> Result;
  for (size_t M : Mains) {
    std::set<size_t> Set{M};
    SmallVector<size_t, 16> Work{M};
    while (!Work.empty())
      for (uint64_t Name : All[Work.pop_back_val()].Names) {
        auto It = Definers.find(Name);
        if (It == Definers.end())
          continue;
        // Defined in several files of the database: a stub beside the real one.
        for (size_t U : It->second)
          if ((!All[U].HasMain || U == M) && Set.insert(U).second)
            Work.push_back(U);
      }
    for (size_t U : Set)
      Reached[U] = true;
    Result.emplace_back(Set.begin(), Set.end());
  }
  std::vector<size_t> Rest;
  for (size_t U = 0; U < All.size(); ++U)
    if (!Reached[U])
      Rest.push_back(U);
  if (!Rest.empty())
    Result.push_back(std::move(Rest));
  return Result;
}

std::vector<Share> deal(ArrayRef<Outline> All,
                        ArrayRef<std::vector<size_t>> Parts, unsigned Shard,
                        unsigned Shards) {
  std::vector<Share> Result(Parts.size(), Share::Whole);
  if (Shards <= 1)
    return Result;
  std::vector<uint64_t> Weights;
  for (const std::vector<size_t> &Part : Parts) {
    uint64_t Sum = 0;
    for (size_t U : Part)
      Sum += All[U].Weight;
    Weights.push_back(Sum);
  }
  uint64_t Fair =
      std::accumulate(Weights.begin(), Weights.end(), uint64_t(0)) / Shards;
  // The heaviest first, each to whom has least: every shard comes to the same
  // answer.
  std::vector<size_t> Order(Parts.size());
  std::iota(Order.begin(), Order.end(), 0);
  stable_sort(Order,
              [&](size_t A, size_t B) { return Weights[A] > Weights[B]; });
  std::set<std::pair<uint64_t, unsigned>> Loads;
  for (unsigned S = 0; S < Shards; ++S)
    Loads.insert({0, S});
  for (size_t I : Order) {
    if (Weights[I] > Fair) {
      Result[I] = I % Shards == Shard ? Share::PartAndCount : Share::Part;
      continue;
    }
    auto [Load, S] = *Loads.begin();
    Loads.erase(Loads.begin());
    Loads.insert({Load + Weights[I], S});
    Result[I] = S == Shard ? Share::Whole : Share::None;
  }
  return Result;
}

bool isProgram(StringRef MainFile, StringRef Name) {
  for (StringRef File :
       {MainFile, MainFile.drop_back(sys::path::extension(MainFile).size())})
    if (File.consume_back(Name) && (File.empty() || File.ends_with("/")))
      return true;
  return false;
}

std::vector<std::string> mainFiles(ArrayRef<Outline> Units) {
  std::vector<std::string> Files;
  for (const Outline &U : Units)
    if (U.HasMain)
      Files.push_back(U.MainFile);
  llvm::sort(Files);
  return Files;
}

} // namespace retsan::solve
