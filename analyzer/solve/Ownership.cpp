//===- Ownership.cpp - which fields own what they point to ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Ownership.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Solve.h"

#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {
enum NodeKind : uint32_t {
  NField,
  NGlobal,
  NLocal,
  NReg,
  NRet,
  NDeref,
  NAlloc,
  NFree,
  NRelease
};
} // namespace

uint32_t Ownership::node(uint32_t Kind, uint32_t A, uint32_t B) {
  std::pair<uint64_t, uint32_t> K{(uint64_t(Kind) << 32) | A, B};
  auto [It, New] = Ids.try_emplace(K, Names.size());
  if (New) {
    Names.push_back(K);
    Out.emplace_back();
    In.emplace_back();
  }
  return It->second;
}

Ownership::Ownership(const Program &P, const std::vector<Deallocator> &Frees) {
  uint32_t Alloc = node(NAlloc, 0, 0), Free = node(NFree, 0, 0),
           Release = node(NRelease, 0, 0);
  auto Edge = [&](uint32_t A, uint32_t B) {
    if (A == None || B == None || A == B || is_contained(Out[A], B))
      return;
    Out[A].push_back(B);
    In[B].push_back(A);
  };
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn) {
    const Function &F = P.Functions[Fn];
    DenseMap<uint32_t, const Place *> LoadedFrom, AddressOf;
    auto PlaceNode = [&](const Place &Pl) -> uint32_t {
      for (const PathElem &E : reverse(Pl.Path))
        if (E.Kind == PathElem::Field)
          return node(NField, E.Record, E.Index);
      if (Pl.Base == Place::Global)
        return node(NGlobal, Pl.BaseIndex, 0);
      if (Pl.Base == Place::Local)
        return node(NLocal, Fn, Pl.BaseIndex);
      // *param
      if (Pl.Ptr.Kind == Operand::Reg)
        if (const Place *From = LoadedFrom.lookup(Pl.Ptr.Value);
            From && From->Base == Place::Local && From->Path.empty())
          return node(NDeref, Fn, From->BaseIndex);
      return None;
    };
    auto ValueNode = [&](const Operand &O) -> uint32_t {
      return O.Kind == Operand::Reg ? node(NReg, Fn, O.Value) : None;
    };
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs) {
        if (I.Opcode == Op::Load)
          LoadedFrom[I.Dst] = &F.Places[I.P];
        if (I.Opcode == Op::Addr)
          AddressOf[I.Dst] = &F.Places[I.P];
      }
    for (const Block &B : F.Blocks) {
      for (const Instr &I : B.Instrs) {
        switch (I.Opcode) {
        case Op::Load:
          Edge(PlaceNode(F.Places[I.P]), node(NReg, Fn, I.Dst));
          break;
        case Op::Store:
          Edge(ValueNode(I.A), PlaceNode(F.Places[I.P]));
          break;
        case Op::Move:
          Edge(ValueNode(I.A), node(NReg, Fn, I.Dst));
          break;
        case Op::Bin:
          if (I.Dst != None && P.Types[I.Type].Kind == TypeKind::Pointer) {
            Edge(ValueNode(I.A), node(NReg, Fn, I.Dst));
            Edge(ValueNode(I.B), node(NReg, Fn, I.Dst));
          }
          break;
        case Op::New:
          Edge(Alloc, node(NReg, Fn, I.Dst));
          break;
        case Op::Free:
          Edge(ValueNode(I.A), Free);
          break;
        case Op::Release:
          Edge(ValueNode(I.A), Release);
          break;
        case Op::Call: {
          bool Complete;
          const Place *From = I.Callee == None && I.A.Kind == Operand::Reg
                                  ? LoadedFrom.lookup(I.A.Value)
                                  : nullptr;
          auto Targets = P.targets(I, From, Complete);
          for (uint32_t T : Targets) {
            const Function &Callee = P.Functions[T];
            for (uint32_t A = 0; A < I.Args.size() && A < Callee.NumParams;
                 ++A) {
              Edge(ValueNode(I.Args[A]), node(NLocal, T, A));
              if (I.Args[A].Kind == Operand::Reg)
                if (const Place *Pl = AddressOf.lookup(I.Args[A].Value)) {
                  uint32_t X = PlaceNode(*Pl);
                  Edge(X, node(NDeref, T, A));
                  Edge(node(NDeref, T, A), X);
                }
            }
            if (I.Dst != None)
              Edge(node(NRet, T, 0), node(NReg, Fn, I.Dst));
          }
          uint32_t Named = P.namedCallee(I, From);
          if (Named == None)
            break;
          const facts::Callee &C = P.Callees[Named];
          StringRef Name = P.str(C.Name);
          for (const Deallocator &D : Frees)
            if (D.Name == Name && D.Arg < I.Args.size())
              Edge(ValueNode(I.Args[D.Arg]), Free);
          if (P.BodyOf[Named] != None)
            break;
          for (unsigned A = 0; A < I.Args.size() && A < 64; ++A)
            if (C.TakesArgs >> A & 1)
              Edge(ValueNode(I.Args[A]), Free);
          LibEffect L = libraryEffect(Name, I.Args.size());
          switch (L.Kind) {
          case LibKind::Unknown:
            if (!C.MallocLike)
              break;
            [[fallthrough]];
          case LibKind::Alloc:
          case LibKind::AllocZero:
          case LibKind::AllocNonNull:
            if (I.Dst != None)
              Edge(Alloc, node(NReg, Fn, I.Dst));
            break;
          case LibKind::Realloc:
            if (I.Dst != None)
              Edge(Alloc, node(NReg, Fn, I.Dst));
            [[fallthrough]];
          case LibKind::Free:
            if (L.Arg < I.Args.size())
              Edge(ValueNode(I.Args[L.Arg]), Free);
            break;
          case LibKind::Release:
            if (L.Arg < I.Args.size())
              Edge(ValueNode(I.Args[L.Arg]), Release);
            break;
          case LibKind::FreeAndNull:
            if (L.Arg < I.Args.size() && I.Args[L.Arg].Kind == Operand::Reg)
              if (const Place *Pl = AddressOf.lookup(I.Args[L.Arg].Value))
                Edge(PlaceNode(*Pl), Free);
            break;
          case LibKind::OutAlloc:
            if (L.Arg < I.Args.size() && I.Args[L.Arg].Kind == Operand::Reg)
              if (const Place *Pl = AddressOf.lookup(I.Args[L.Arg].Value))
                Edge(Alloc, PlaceNode(*Pl));
            break;
          case LibKind::Steal:
            if (L.Arg < I.Args.size() && I.Args[L.Arg].Kind == Operand::Reg &&
                I.Dst != None)
              if (const Place *Pl = AddressOf.lookup(I.Args[L.Arg].Value))
                Edge(PlaceNode(*Pl), node(NReg, Fn, I.Dst));
            break;
          case LibKind::Retain:
          case LibKind::Reads:
          case LibKind::Zero:
            break;
          }
          break;
        }
        default:
          break;
        }
      }
      if (B.Term.Kind == Terminator::Return)
        Edge(ValueNode(B.Term.Cond), node(NRet, Fn, 0));
    }
  }

  auto Stops = [&](uint32_t N) {
    uint32_t Kind = Names[N].first >> 32;
    return Kind == NField || Kind == NGlobal;
  };
  auto Reach = [&](uint32_t Start, auto &Edges, BitVector &Set) {
    Set.resize(Names.size());
    SmallVector<uint32_t, 32> Work{Start};
    Set.set(Start);
    while (!Work.empty()) {
      uint32_t N = Work.pop_back_val();
      if (N != Start && Stops(N))
        continue;
      for (uint32_t M : Edges[N])
        if (!Set[M]) {
          Set.set(M);
          Work.push_back(M);
        }
    }
  };
  Reach(Alloc, Out, FromAlloc);
  Reach(Free, In, ToFree);
  Reach(Release, In, ToRelease);

  // Hand-overs within one function: field -> registers and locals -> field.
  for (uint32_t N = 0; N < Names.size(); ++N) {
    if (!Stops(N))
      continue;
    for (uint32_t First : Out[N]) {
      if (Names[First].first >> 32 != NReg)
        continue;
      uint32_t Fn = uint32_t(Names[First].first);
      SmallVector<uint32_t, 8> Work{First}, Seen{First};
      while (!Work.empty()) {
        uint32_t M = Work.pop_back_val();
        for (uint32_t T : Out[M]) {
          uint32_t Kind = Names[T].first >> 32;
          if (Stops(T) && T != N && Kind == (Names[N].first >> 32)) {
            if (Kind == NField) {
              auto &V = Sources[{uint32_t(Names[T].first), Names[T].second}];
              FieldRef From{uint32_t(Names[N].first), Names[N].second};
              if (!is_contained(V, From))
                V.push_back(From);
            } else {
              auto &V = GlobalSources[uint32_t(Names[T].first)];
              if (!is_contained(V, uint32_t(Names[N].first)))
                V.push_back(uint32_t(Names[N].first));
            }
          } else if ((Kind == NReg || Kind == NLocal) &&
                     uint32_t(Names[T].first) == Fn && !is_contained(Seen, T) &&
                     Seen.size() < 32) {
            Seen.push_back(T);
            Work.push_back(T);
          }
        }
      }
    }
  }
}

Ownership::Evidence Ownership::field(FieldRef F) const {
  auto It = Ids.find({(uint64_t(NField) << 32) | F.first, F.second});
  if (It == Ids.end())
    return {};
  return {FromAlloc[It->second], ToFree[It->second], ToRelease[It->second]};
}

Ownership::Evidence Ownership::global(uint32_t G) const {
  auto It = Ids.find({(uint64_t(NGlobal) << 32) | G, 0});
  if (It == Ids.end())
    return {};
  return {FromAlloc[It->second], ToFree[It->second], ToRelease[It->second]};
}

const SmallVector<FieldRef, 2> &Ownership::sourcesOf(FieldRef F) const {
  static const SmallVector<FieldRef, 2> Empty;
  auto It = Sources.find(F);
  return It == Sources.end() ? Empty : It->second;
}

const SmallVector<uint32_t, 2> &Ownership::sourcesOfGlobal(uint32_t G) const {
  static const SmallVector<uint32_t, 2> Empty;
  auto It = GlobalSources.find(G);
  return It == GlobalSources.end() ? Empty : It->second;
}

} // namespace retsan::solve
