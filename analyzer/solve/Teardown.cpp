//===- Teardown.cpp - reads on the way to a free --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values go by their access paths (Shapes.h). Each function gives a graph over
// them: what is loaded through which value, what is put into which variable.
// All values are taken for torn down until a use says otherwise; what is not
// spoils what it was read through, and what it came from. Callees first: a
// parameter that is torn down is as good as freed.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Teardown.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Shapes.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

#include <deque>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// Ends a handle or a lock that lies in the object.
bool endsPart(StringRef Name) {
  return StringSwitch<bool>(Name)
      .Cases("close", "shutdown", "closesocket", "regfree", "wordfree", true)
      .Cases("pthread_mutex_destroy", "pthread_cond_destroy",
             "pthread_rwlock_destroy", "sem_destroy", "mtx_destroy",
             "cnd_destroy", true)
      .Cases("explicit_bzero", "memset", "bzero", "OPENSSL_cleanse", true)
      .Default(false);
}

/// Where values of one function go.
class Values {
public:
  Values(const Program &P, uint32_t Fn) : P(P), F(P.Functions[Fn]), S(P, Fn) {}

  /// What is known of parameters: bit 1, it is freed; bit 0, parts of it are,
  /// and nothing else happens.
  using Params = DenseMap<uint64_t, unsigned>;

  void run(const Params &Known) {
    for (const Block &B : F.Blocks) {
      for (const Instr &I : B.Instrs)
        visit(I, Known);
      const Terminator &T = B.Term;
      if (T.Kind == Terminator::Return || T.Kind == Terminator::Throw)
        spoil(T.Cond);
    }
    spread(Gone, Copies);
    Ended.insert(Gone.begin(), Gone.end());
    spread(Ended, Into);
    // What is put into something that stays is handed on.
    for (bool Changed = true; Changed;) {
      Changed = false;
      spread(Spoiled, Into);
      for (const auto &[V, To, Whole] : Puts)
        if (!Spoiled.count(V) &&
            !(gone(Whole) || (Gone.count(To) && !Spoiled.count(To))))
          Changed |= Spoiled.insert(V).second;
    }
  }

  /// The value itself is freed, and nothing else is done with it.
  bool gone(const std::string &V) const {
    return Gone.count(V) && !Spoiled.count(V);
  }
  bool gone(const Operand &O) const {
    return O.Kind == Operand::Reg && gone(name(O));
  }
  unsigned param(uint32_t A) const {
    std::string V = "L" + std::to_string(A);
    return Spoiled.count(V) ? 0 : Gone.count(V) ? 3 : Ended.count(V) ? 1 : 0;
  }

private:
  std::string name(const Operand &O) const {
    std::string V = S.value(O);
    // The address of a part stands for the whole that it is in.
    return V[0] == '&' ? "&" + base(V) : V;
  }

  /// What the address of a place is computed from.
  static std::string base(StringRef V) {
    V.consume_front("&");
    size_t At = V.rfind("->");
    return (At == StringRef::npos ? V : V.take_front(At)).str();
  }

  void spoil(const Operand &O) {
    if (O.Kind == Operand::Reg)
      Spoiled.insert(name(O));
  }

  using Graph = StringMap<std::vector<std::string>>;
  using Names = std::set<std::string>;
  void edge(const std::string &From, const std::string &To, bool Copy = false) {
    if (From == To)
      return;
    Into[To].push_back(From);
    if (Copy)
      Copies[To].push_back(From);
  }

  /// Takes in what the members came from.
  static void spread(Names &Set, const Graph &From) {
    SmallVector<std::string, 16> Work(Set.begin(), Set.end());
    while (!Work.empty())
      if (auto It = From.find(Work.pop_back_val()); It != From.end())
        for (const std::string &X : It->second)
          if (Set.insert(X).second)
            Work.push_back(X);
  }

  std::string placeName(const Place &Pl) const {
    return Pl.Base == Place::Local && Pl.Path.empty()
               ? "L" + std::to_string(Pl.BaseIndex)
               : S.place(Pl);
  }

  void visit(const Instr &I, const Params &Known) {
    bool Computes = I.Opcode == Op::Load || I.Opcode == Op::Move ||
                    I.Opcode == Op::Not || I.Opcode == Op::Bin ||
                    I.Opcode == Op::Addr;
    if (Computes && I.Dst == None)
      return;
    switch (I.Opcode) {
    case Op::Load: {
      const Place &Pl = F.Places[I.P];
      // A register of its own name: several ways lead to it.
      std::string V = name({Operand::Reg, I.Dst});
      edge(S.place(Pl), V, /*Copy=*/true);
      edge(placeName(Pl), V, /*Copy=*/true);
      if (Pl.Base == Place::Deref)
        edge(name(Pl.Ptr), V);
      // Data is read; counts and flags tell how far to go.
      TypeKind K = P.Types[I.Type ? I.Type : Pl.Type].Kind;
      bool Field = !Pl.Path.empty() && Pl.Path.back().Kind == PathElem::Field;
      if (Pl.Base == Place::Deref && !Field && K != TypeKind::Pointer &&
          K != TypeKind::Function)
        Spoiled.insert(V);
      break;
    }
    case Op::Store: {
      const Place &Pl = F.Places[I.P];
      if (I.A.Kind != Operand::Reg)
        break;
      std::string To = placeName(Pl), V = name(I.A);
      if (Pl.Base == Place::Local && Pl.Path.empty()) {
        edge(V, To, /*Copy=*/true);
        break;
      }
      Puts.push_back(
          {V, To, Pl.Base == Place::Deref ? name(Pl.Ptr) : std::string()});
      break;
    }
    case Op::Move:
    case Op::Not:
    case Op::Bin:
      for (const Operand *O : {&I.A, &I.B})
        if (O->Kind == Operand::Reg)
          edge(name(*O), name({Operand::Reg, I.Dst}), I.Opcode == Op::Move);
      if (I.Opcode == Op::Bin && I.Bop != BinOp::Add && I.Bop != BinOp::Sub &&
          I.Bop != BinOp::And && I.Bop != BinOp::Rem)
        Spoiled.insert(name({Operand::Reg, I.Dst}));
      break;
    case Op::Addr:
      if (F.Places[I.P].Base == Place::Deref)
        edge(name(F.Places[I.P].Ptr), name({Operand::Reg, I.Dst}));
      break;
    case Op::Cmp:
      break;
    case Op::Free:
    case Op::Release:
      if (I.A.Kind == Operand::Reg)
        Gone.insert(name(I.A));
      break;
    case Op::Call:
      call(I, Known);
      break;
    case Op::Use:
      spoil(I.A);
      break;
    case Op::CopyRec:
      for (uint32_t Pl : {I.P, I.P2})
        if (F.Places[Pl].Base == Place::Deref)
          spoil(F.Places[Pl].Ptr);
      break;
    default:
      break;
    }
  }

  void call(const Instr &I, const Params &Known) {
    spoil(I.A);
    uint32_t Body = I.Callee == None || I.Virtual ? None : P.BodyOf[I.Callee];
    StringRef Name =
        I.Callee == None ? StringRef() : P.str(P.Callees[I.Callee].Name);
    LibEffect L;
    if (Body == None && I.Callee != None && !I.Virtual)
      L = libraryEffect(Name, I.Args.size());
    for (unsigned A = 0; A < I.Args.size(); ++A) {
      if (I.Args[A].Kind != Operand::Reg)
        continue;
      unsigned How = 0;
      if (Body != None)
        How = Known.lookup((uint64_t(Body) << 32) | A);
      else if ((L.Kind == LibKind::Free || L.Kind == LibKind::Release) &&
               L.Arg == A)
        How = 3;
      else if (I.Callee != None && A < 64 &&
               (P.Callees[I.Callee].TakesArgs >> A & 1))
        How = 3;
      else if (L.Kind == LibKind::FreeAndNull && L.Arg == A)
        How = 1;
      if (How)
        (How & 2 ? Gone : Ended).insert(name(I.Args[A]));
      else if (!(I.Destroys && A == 0) && (Body != None || !endsPart(Name)))
        spoil(I.Args[A]);
    }
  }

  const Program &P;
  const Function &F;
  const Shape S;
  struct Put {
    std::string V, To, Whole;
  };
  Graph Into;   ///< Value to what it came from or was read through.
  Graph Copies; ///< Value to what it is the same as.
  std::vector<Put> Puts;
  Names Spoiled, Ended, Gone;
};

/// Whether the function itself gives memory back.
bool frees(const Program &P, const Function &F) {
  return any_of(F.Blocks, [&](const Block &B) {
    return any_of(B.Instrs, [&](const Instr &I) {
      if (I.Opcode == Op::Free || I.Opcode == Op::Release)
        return true;
      if (I.Opcode != Op::Call || I.Callee == None ||
          P.BodyOf[I.Callee] != None)
        return false;
      LibKind K =
          libraryEffect(P.str(P.Callees[I.Callee].Name), I.Args.size()).Kind;
      return K == LibKind::Free || K == LibKind::Release ||
             K == LibKind::FreeAndNull || P.Callees[I.Callee].TakesArgs;
    });
  });
}

} // namespace

void findTeardowns(Program &P) {
  P.TearsDown.resize(P.Functions.size());
  Values::Params Known;
  std::deque<uint32_t> Work;
  std::vector<unsigned> Visits(P.Functions.size());
  for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
    if (frees(P, P.Functions[Fn]))
      Work.push_back(Fn);
  while (!Work.empty()) {
    uint32_t Fn = Work.front();
    Work.pop_front();
    const Function &F = P.Functions[Fn];
    // The more is known of callees the more is torn down: nothing is taken
    // back.
    if (++Visits[Fn] > 6)
      continue;
    Values V(P, Fn);
    V.run(Known);
    for (uint32_t B = 0; B < F.Blocks.size(); ++B)
      for (uint32_t N = 0; N < F.Blocks[B].Instrs.size(); ++N) {
        const Instr &I = F.Blocks[B].Instrs[N];
        if ((I.Opcode == Op::Load || I.Opcode == Op::Store) &&
            F.Places[I.P].Base == Place::Deref && V.gone(F.Places[I.P].Ptr))
          P.TearsDown[Fn].insert((uint64_t(B) << 32) | N);
      }
    bool More = false;
    for (uint32_t A = 0; A < F.NumParams; ++A)
      if (unsigned How = V.param(A);
          How && P.Types[F.Locals[A].Type].Kind == TypeKind::Pointer) {
        unsigned &Was = Known[(uint64_t(Fn) << 32) | A];
        More |= (Was | How) != Was;
        Was |= How;
      }
    if (More)
      for (const CallSite &Site : P.SitesOf[Fn])
        Work.push_back(Site.Function);
  }
}

} // namespace retsan::solve
