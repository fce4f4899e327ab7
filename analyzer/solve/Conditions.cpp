//===- Conditions.cpp - what a branch asks for ----------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Conditions.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

void forEachDecision(const Context &C, uint32_t Fn, uint32_t Block,
                     function_ref<void(const Operand &)> Decides) {
  const Function &F = C.P.Functions[Fn];
  const FlowGraph &G = C.graph(Fn);
  // Blocks that lead there without going round a loop.
  BitVector Leads(F.Blocks.size());
  SmallVector<uint32_t, 16> Work{Block};
  Leads.set(Block);
  while (!Work.empty()) {
    uint32_t B = Work.pop_back_val();
    for (uint32_t Pr : G.Preds[B])
      if (!Leads[Pr] && G.Position[Pr] != None && !G.isBackEdge(Pr, B)) {
        Leads.set(Pr);
        Work.push_back(Pr);
      }
  }
  for (uint32_t B : Leads.set_bits()) {
    const Terminator &T = F.Blocks[B].Term;
    if (B == Block ||
        (T.Kind != Terminator::Branch && T.Kind != Terminator::Switch))
      continue;
    if (any_of(G.Succs[B],
               [&](uint32_t Su) { return !Leads[Su] || G.isBackEdge(B, Su); }))
      Decides(T.Cond);
  }
}

namespace {

class Tracer {
public:
  Tracer(const Context &C, function_ref<bool(const TestedPlace &)> Tested,
         function_ref<void(uint32_t)> Call)
      : C(C), P(C.P), Tested(Tested), Call(Call) {}

  bool trace(uint32_t Fn, const Operand &O, double Weight, unsigned Depth,
             int64_t Mask) {
    if (O.Kind != Operand::Reg || Depth > 6)
      return false;
    const Function &F = P.Functions[Fn];
    bool Any = false;
    for (const Instr *Def : C.graph(Fn).Defs[O.Value]) {
      const Instr &I = *Def;
      switch (I.Opcode) {
      case Op::Cmp:
      case Op::Not:
      case Op::Move:
        Any |= trace(Fn, I.A, Weight, Depth + 1, Mask);
        Any |= trace(Fn, I.B, Weight, Depth + 1, Mask);
        break;
      case Op::Bin:
        if (I.Bop == BinOp::And && I.B.Kind == Operand::Int)
          Any |= trace(Fn, I.A, Weight, Depth + 1, I.B.Value);
        else if (I.Bop == BinOp::And && I.A.Kind == Operand::Int)
          Any |= trace(Fn, I.B, Weight, Depth + 1, I.A.Value);
        break;
      case Op::Load: {
        const Place &Pl = F.Places[I.P];
        if (Tested({&Pl, Mask, Weight})) {
          Any = true;
          break;
        }
        // A local copy.
        if (Pl.Base == Place::Local && Pl.Path.empty() && Depth < 3)
          for (const Instr *St : C.graph(Fn).LocalStores[Pl.BaseIndex])
            Any |= trace(Fn, St->A, Weight / 2, Depth + 2, Mask);
        break;
      }
      case Op::Call:
        // A predicate: `is_growing(h)`.
        if (I.Callee == None || P.BodyOf[I.Callee] == None)
          break;
        Call(P.BodyOf[I.Callee]);
        if (Depth < 4) {
          uint32_t T = P.BodyOf[I.Callee];
          if (P.Functions[T].Blocks.size() <= 12)
            for (const Block &B2 : P.Functions[T].Blocks)
              if (B2.Term.Kind == Terminator::Return)
                Any |= trace(T, B2.Term.Cond, Weight, Depth + 2, Mask);
        }
        break;
      default:
        break;
      }
    }
    return Any;
  }

private:
  const Context &C;
  const Program &P;
  function_ref<bool(const TestedPlace &)> Tested;
  function_ref<void(uint32_t)> Call;
};

} // namespace

bool forEachTested(const Context &C, uint32_t Fn, const Operand &Cond,
                   function_ref<bool(const TestedPlace &)> Tested,
                   function_ref<void(uint32_t)> Call) {
  return Tracer(C, Tested, Call).trace(Fn, Cond, 1.0, 0, 0);
}

} // namespace retsan::solve
