//===- Parts.cpp - what operations do that leave the subject alone --------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two foci are the same to a function if they have the same record and differ
// only in items of one type that nothing in the function's reach names.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Parts.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

std::shared_ptr<const Part>
Parts::get(const Engine &E, ArrayRef<Guard> Guards, uint32_t Fn,
           function_ref<std::shared_ptr<const Part>()> Make) {
  const Context &C = E.context();
  std::vector<uint64_t> Key{Fn, Guards.size()};
  for (const Guard &G : Guards) {
    Key.push_back(G.Item);
    Key.push_back(uint64_t(G.Mask));
  }
  for (const Tracked &T : E.focus().Items) {
    uint32_t Slot = C.slotOf(T);
    bool Named = Slot == None || C.touches(Fn, Slot, /*Direct=*/false);
    Key.push_back((uint64_t(T.Record) << 32) | T.Type);
    Key.push_back(Named ? T.Global : T.Global != None);
    Key.push_back(uint64_t(T.Mask));
    Key.push_back(T.Path.size() * 2 + Named);
    for (const PathElem &El : T.Path) {
      Key.push_back(El.Kind);
      if (Named)
        Key.push_back((uint64_t(El.Record) << 32) | El.Index);
    }
  }
  {
    std::lock_guard<std::mutex> G(Lock);
    if (auto It = Known.find(Key); It != Known.end())
      return It->second;
  }
  std::shared_ptr<const Part> New = Make();
  std::lock_guard<std::mutex> G(Lock);
  return Known.try_emplace(std::move(Key), std::move(New)).first->second;
}

/// Whether nothing in the reach of \p Fn names the subject.
bool Closure::leavesAlone(uint32_t Fn) const {
  uint32_t Slot = E.context().slotOf(E.focus().Items[0]);
  return Slot != None && !E.context().touches(Fn, Slot, /*Direct=*/false);
}

/// Where many entries are such, their parts are worth an engine each.
void Closure::findShared() {
  constexpr size_t Many = 32;
  Shared.resize(Entries.size());
  if (!E.parts())
    return;
  for (size_t I = 0; I < Entries.size(); ++I)
    if (leavesAlone(Entries[I]))
      Shared.set(I);
  if (Shared.count() < Many)
    Shared.reset();
}

std::shared_ptr<const Part> Closure::partOf(uint32_t Fn) const {
  return E.parts()->get(E, Guards, Fn, [&] {
    auto New = std::make_shared<Part>();
    Engine Own = E.anew();
    Own.record(New->Looked);
    Closure C(Own, Guards, ClosedProgram);
    C.runEntry(Fn);
    New->T = std::move(C.T);
    New->FreesTabled = C.FreesTabled.count(Fn);
    New->Capped = Own.capped();
    New->Coarse = Own.coarse();
    New->Uncomposed = Own.uncomposed();
    return New;
  });
}

} // namespace retsan::solve
