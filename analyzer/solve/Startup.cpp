//===- Startup.cpp - what runs once, before a program goes to work --------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Startup.h"
#include "analyzer/solve/Library.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

/// Functions that wait for work, themselves or in a callee.
static BitVector findServers(const Program &P) {
  BitVector Serves(P.Functions.size());
  SmallVector<uint32_t, 16> Work;
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    for (const Block &B : P.Functions[Fn].Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Call && I.Callee != None && !Serves[Fn] &&
            P.BodyOf[I.Callee] == None &&
            servesEvents(P.str(P.Callees[I.Callee].Name))) {
          Serves.set(Fn);
          Work.push_back(Fn);
        }
  while (!Work.empty())
    for (const CallSite &S : P.SitesOf[Work.pop_back_val()])
      if (!Serves[S.Function]) {
        Serves.set(S.Function);
        Work.push_back(S.Function);
      }
  return Serves;
}

BitVector findStartup(const Context &C, uint32_t &End) {
  End = 0;
  const Program &P = C.P;
  BitVector Startup(P.Functions.size());
  if (P.Main == None)
    return Startup;
  BitVector Serves = findServers(P);
  const Function &Main = P.Functions[P.Main];
  const FlowGraph &G = C.graph(P.Main);
  // Where the first part ends: at the first call that waits for work.
  uint32_t First = None;
  for (uint32_t B : G.Order)
    for (const Instr &I : Main.Blocks[B].Instrs) {
      if (I.Opcode != Op::Call || I.Callee == None || First != None)
        continue;
      uint32_t Body = P.BodyOf[I.Callee];
      if (Body != None ? Serves[Body]
                       : servesEvents(P.str(P.Callees[I.Callee].Name)))
        First = G.Position[B];
    }
  if (First == None)
    return Startup;
  End = First;
  auto AtStart = [&](const CallSite &S) {
    return S.Function == P.Main
               ? G.LoopDepth[S.Block] == 0 && G.Position[S.Block] < End
               : Startup[S.Function];
  };
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
      const Callee &Ce = P.Callees[P.Functions[Fn].Callee];
      if (Startup[Fn] || Ce.AddressTaken || Ce.VirtualMethod ||
          P.SitesOf[Fn].empty() || !all_of(P.SitesOf[Fn], AtStart))
        continue;
      Startup.set(Fn);
      Changed = true;
    }
  }
  return Startup;
}

} // namespace retsan::solve
