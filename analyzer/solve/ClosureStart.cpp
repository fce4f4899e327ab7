//===- ClosureStart.cpp - where the most-general client begins ------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The states of an object before any operation ran: what the initialiser of a
// global says, or what the functions leave that make objects. If nobody is seen
// to make one, anything is assumed, and what rests on that is marked.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Closure.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

void Closure::addStart() {
  const Program &P = E.program();
  auto Initial = [&](const Tracked &K, uint32_t Global) -> std::optional<Val> {
    // Constant initialiser of a global, or of a member of a global record.
    const facts::Global &G = P.Globals[Global];
    if (G.DynamicInit)
      return std::nullopt;
    for (const GlobalInit &I : G.Inits) {
      if (I.Path.size() != K.Path.size())
        continue;
      bool Same = true;
      for (size_t N = 0; N < I.Path.size(); ++N)
        Same &= I.Path[N].Kind == K.Path[N].Kind &&
                I.Path[N].Record == K.Path[N].Record &&
                I.Path[N].Index == K.Path[N].Index;
      if (!Same)
        continue;
      if (I.Value.Kind == Operand::Int || I.Value.Kind == Operand::Null)
        return Val::integer(I.Value.Value);
      return Val{Val::Str, false, 0};
    }
    return G.Defined ? std::optional<Val>(Val::integer(0)) : std::nullopt;
  };
  auto FromGlobal = [&](uint32_t Object) {
    AbstractState A;
    A.Start = A.Fresh = true;
    auto Value = [&](const Tracked &K) {
      return K.Global != None ? Initial(K, K.Global) : Initial(K, Object);
    };
    std::optional<Val> V = Value(E.focus().Items[0]);
    if (!V)
      A.F = Held::Unknown;
    else
      A.F = V->isNull() ? Held::Null : Held::NotNull, A.Borrowed = !V->isNull();
    for (const Guard &G : Guards) {
      std::optional<Val> X = Value(E.focus().Items[G.Item]);
      Con C;
      if (X && X->Kind == Val::Int)
        C = Con::exactly(G.Mask ? X->N & G.Mask : X->N);
      else if (X)
        C.refine(CmpOp::NE, 0);
      A.G.push_back(C);
    }
    addState(A);
  };
  const Tracked &F = E.focus().Items[0];
  if (F.Global != None) {
    FromGlobal(F.Global);
  } else {
    // Global objects of the record, also inside other records and arrays.
    if (uint32_t G = E.context().firstGlobal(F.Record); G != None)
      FromGlobal(G);
    // What is made on stacks only ends with its function.
    StackOnly = S.empty() && E.context().onStack(F.Record) &&
                none_of(T, [](const Transition &Tr) {
                  return Tr.Fate == Transition::Created;
                });
  }
  // Objects that some function creates.
  for (uint32_t I = 0; I < T.size(); ++I) {
    const Transition &Tr = T[I];
    if (Tr.Fate != Transition::Created || Tr.Throws ||
        (Bound.Maker != None && Tr.Fn != Bound.Maker))
      continue;
    AbstractState A;
    A.Start = A.Fresh = true;
    A.By = I;
    A.Alias = Tr.Alias;
    A.AliasName = Tr.AliasName;
    A.Handoff = Tr.Handoff;
    A.Borrowed = Tr.Borrowed;
    A.SetAt = Tr.StoreAt;
    for (size_t G = 0; G < Guards.size(); ++G)
      A.G.push_back(Tr.PostG[G] ? *Tr.PostG[G] : Con());
    SmallVector<Held, 2> Posts{Tr.Post};
    if (Tr.MaybeNull)
      Posts.push_back(Held::Null);
    for (Held H : Posts) {
      AbstractState M = A;
      M.F = H;
      if (H == Held::Freed)
        M.FreedAt = Tr.FreeAt;
      if (H == Held::Null)
        M.SetAt = {}, M.Alias = M.Handoff = M.Borrowed = false;
      addState(M);
    }
  }
  if (S.empty()) {
    AbstractState A;
    A.Start = A.Tainted = A.Fresh = A.Assumed = true;
    A.F = Held::Unknown;
    A.G.resize(Guards.size());
    addState(A);
  }
}

} // namespace retsan::solve
