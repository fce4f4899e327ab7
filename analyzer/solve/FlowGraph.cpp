//===- FlowGraph.cpp - control flow of one function -----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Dominators by the iterative algorithm of Cooper, Harvey and Kennedy ("A
// Simple, Fast Dominance Algorithm", 2001).
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/FlowGraph.h"

#include <algorithm>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

void forEachOperand(const Function &F, const Instr &I,
                    function_ref<void(const Operand &)> Fn) {
  Fn(I.A);
  Fn(I.B);
  for (const Operand &O : I.Args)
    Fn(O);
  for (uint32_t P : {I.P, I.P2})
    if (P != None && F.Places[P].Base == Place::Deref)
      Fn(F.Places[P].Ptr);
}

} // namespace

FlowGraph::FlowGraph(const Function &F) {
  size_t N = F.Blocks.size();
  Succs.resize(N);
  Preds.resize(N);
  for (uint32_t B = 0; B < N; ++B) {
    const Terminator &T = F.Blocks[B].Term;
    auto Add = [&](uint32_t S) {
      if (S != None && S < N && !is_contained(Succs[B], S))
        Succs[B].push_back(S);
    };
    for (uint32_t S : T.Succs)
      Add(S);
    for (const SwitchCase &C : T.Cases)
      Add(C.Succ);
  }
  // Post-order without recursion.
  Position.assign(N, None);
  std::vector<uint8_t> Seen(N);
  std::vector<std::pair<uint32_t, uint32_t>> Stack;
  if (N) {
    Stack.push_back({0, 0});
    Seen[0] = 1;
  }
  while (!Stack.empty()) {
    auto &[B, Next] = Stack.back();
    if (Next < Succs[B].size()) {
      uint32_t S = Succs[B][Next++];
      if (!Seen[S]) {
        Seen[S] = 1;
        Stack.push_back({S, 0});
      }
      continue;
    }
    Order.push_back(B);
    Stack.pop_back();
  }
  std::reverse(Order.begin(), Order.end());
  for (uint32_t I = 0; I < Order.size(); ++I)
    Position[Order[I]] = I;
  for (uint32_t B : Order)
    for (uint32_t S : Succs[B])
      Preds[S].push_back(B);

  Idom.assign(N, None);
  if (!Order.empty())
    Idom[0] = 0;
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (uint32_t B : Order) {
      if (B == 0)
        continue;
      uint32_t New = None;
      for (uint32_t P : Preds[B]) {
        if (Idom[P] == None)
          continue;
        if (New == None) {
          New = P;
          continue;
        }
        uint32_t A = P, C = New;
        while (A != C) {
          while (Position[A] > Position[C])
            A = Idom[A];
          while (Position[C] > Position[A])
            C = Idom[C];
        }
        New = A;
      }
      if (New != Idom[B]) {
        Idom[B] = New;
        Changed = true;
      }
    }
  }

  LoopDepth.assign(N, 0);
  LoopHead.assign(N, false);
  for (uint32_t H : Order) {
    std::vector<bool> Body(N);
    SmallVector<uint32_t, 8> Work;
    for (uint32_t P : Preds[H])
      if (dominates(H, P) && !Body[P]) {
        Body[P] = true;
        Work.push_back(P);
      }
    if (Work.empty())
      continue;
    LoopHead[H] = true;
    Body[H] = true;
    while (!Work.empty()) {
      uint32_t B = Work.pop_back_val();
      if (B == H)
        continue;
      for (uint32_t P : Preds[B])
        if (!Body[P]) {
          Body[P] = true;
          Work.push_back(P);
        }
    }
    for (uint32_t B = 0; B < N; ++B)
      if (Body[B] && LoopDepth[B] < 255)
        ++LoopDepth[B];
  }

  Defs.resize(F.NumRegs);
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Dst != None && I.Dst < F.NumRegs)
        Defs[I.Dst].push_back(&I);
  LocalStores.resize(F.Locals.size());
  for (const Block &B : F.Blocks)
    for (const Instr &I : B.Instrs)
      if (I.Opcode == Op::Store && F.Places[I.P].Base == Place::Local &&
          F.Places[I.P].Path.empty())
        LocalStores[F.Places[I.P].BaseIndex].push_back(&I);

  // Liveness. A local whose address is taken is live everywhere.
  size_t NL = F.Locals.size(), NR = F.NumRegs;
  AddressTaken.resize(NL);
  std::vector<BitVector> UseL(N), DefL(N), UseR(N), DefR(N);
  for (uint32_t B : Order) {
    UseL[B].resize(NL), DefL[B].resize(NL);
    UseR[B].resize(NR), DefR[B].resize(NR);
    auto Reg = [&](const Operand &O) {
      if (O.Kind == Operand::Reg && size_t(O.Value) < NR && !DefR[B][O.Value])
        UseR[B].set(O.Value);
    };
    for (const Instr &I : F.Blocks[B].Instrs) {
      forEachOperand(F, I, Reg);
      for (uint32_t P : {I.P, I.P2}) {
        if (P == None || F.Places[P].Base != Place::Local)
          continue;
        uint32_t L = F.Places[P].BaseIndex;
        if (I.Opcode == Op::Addr)
          AddressTaken.set(L);
        bool Whole = F.Places[P].Path.empty() && P == I.P &&
                     (I.Opcode == Op::Store || I.Opcode == Op::Zero ||
                      I.Opcode == Op::Havoc || I.Opcode == Op::CopyRec);
        if (Whole)
          DefL[B].set(L);
        else if (!DefL[B][L])
          UseL[B].set(L);
      }
      if (I.Dst != None && I.Dst < NR)
        DefR[B].set(I.Dst);
    }
    Reg(F.Blocks[B].Term.Cond);
  }
  LiveLocals.assign(N, BitVector(NL));
  LiveRegs.assign(N, BitVector(NR));
  for (bool Changed = true; Changed;) {
    Changed = false;
    for (uint32_t B : reverse(Order)) {
      BitVector L(NL), R(NR);
      for (uint32_t S : Succs[B]) {
        L |= LiveLocals[S];
        R |= LiveRegs[S];
      }
      L.reset(DefL[B]);
      L |= UseL[B];
      R.reset(DefR[B]);
      R |= UseR[B];
      // A register may be assigned on one arm only: keep it live through the
      // other.
      if (L != LiveLocals[B] || R != LiveRegs[B]) {
        LiveLocals[B] = std::move(L);
        LiveRegs[B] = std::move(R);
        Changed = true;
      }
    }
  }
  for (uint32_t B : Order)
    LiveLocals[B] |= AddressTaken;
}

bool FlowGraph::dominates(uint32_t A, uint32_t B) const {
  if (Position[A] == None || Position[B] == None)
    return false;
  while (Position[B] > Position[A])
    B = Idom[B];
  return A == B;
}

bool passesOnEveryWay(const Function &F, const SrcLoc &Line,
                      function_ref<bool(const Instr &)> Stops) {
  BitVector Seen(F.Blocks.size());
  SmallVector<std::pair<uint32_t, uint32_t>, 8> Work;
  for (uint32_t B = 0; B < F.Blocks.size(); ++B)
    for (uint32_t N = F.Blocks[B].Instrs.size(); N-- > 0;)
      if (const SrcLoc &L = F.Blocks[B].Instrs[N].Loc;
          L.Line == Line.Line && L.File == Line.File) {
        Work.push_back({B, N + 1});
        break;
      }
  bool Any = false;
  while (!Work.empty()) {
    auto [B, From] = Work.pop_back_val();
    const Block &Bl = F.Blocks[B];
    if (any_of(drop_begin(Bl.Instrs, From), Stops)) {
      Any = true;
      continue;
    }
    if (Bl.Term.Kind == Terminator::Return)
      return false;
    for (uint32_t Next : Bl.Term.Succs)
      if (!Seen.test(Next)) {
        Seen.set(Next);
        Work.push_back({Next, 0});
      }
  }
  return Any;
}

} // namespace retsan::solve
