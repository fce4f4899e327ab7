//===- Aliases.cpp - pointers into what another field owns ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three steps. Where values come from (Provenance.cpp) says which fields are
// set to something that another field of the same object leads to: aliases. A
// forward flow over each function that frees what an owner leads to says
// whether it may end without having looked at the alias; its callers are asked
// the same. A finding needs a reader of the alias, too.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Aliases.h"
#include "analyzer/solve/Conditions.h"
#include "analyzer/solve/Library.h"
#include "analyzer/solve/Provenance.h"

#include "llvm/ADT/STLExtras.h"

#include <deque>
#include <map>
#include <set>

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

/// That one field may point to what another one leads to.
struct AliasOf {
  FieldRef Owner;
  unsigned Level = 0; ///< How many loads below the owner.
  bool Owned = false; ///< What lies below goes with the owner.
  friend bool operator<(const AliasOf &A, const AliasOf &B) {
    return std::tie(A.Owner, A.Level, A.Owned) <
           std::tie(B.Owner, B.Level, B.Owned);
  }
};

/// An object's alias that a function leaves dangling.
struct Left {
  std::string Object;
  FieldRef Alias, Owner;
  Where At;           ///< The freeing place.
  bool Phase = false; ///< Freed only in some phase of the object.
  /// The owner's own value is freed and the owner cleared: the object lives on.
  bool Cleared = false;
  /// The owner's own value is freed and the owner left as it is: the object may
  /// be at its end.
  bool Ends = false;
  friend bool operator<(const Left &A, const Left &B) {
    return std::tie(A.Object, A.Alias) < std::tie(B.Object, B.Alias);
  }
};

class Aliases {
public:
  Aliases(const Context &C, const Ownership &Own,
          const std::vector<UserFree> &Frees, const Renderer &R,
          const std::set<uint64_t> &Known, std::vector<Finding> &Out)
      : C(C), P(C.P), Own(Own), R(R), Known(Known), Out(Out), Prov(C, Frees) {}

  void run() {
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
      findStores(Fn);
    if (ByOwner.empty())
      return;
    for (uint32_t Fn = 0; Fn < P.Functions.size(); ++Fn)
      if (isOperation(Fn))
        Work.push_back(Fn);
    while (!Work.empty()) {
      uint32_t Fn = Work.front();
      Work.pop_front();
      follow(Fn);
    }
    report();
  }

private:
  bool isOperation(uint32_t Fn) const {
    const Function &F = P.Functions[Fn];
    return !F.Ctor && !F.Dtor && !F.Implicit && !F.System;
  }

  TypeId typeOf(FieldRef F) const {
    return F.first == None ? P.Globals[F.second].Type
                           : P.Records[F.first].Fields[F.second].Type;
  }

  uint32_t pointee(const Type &T) const {
    const Type &E = P.Types[T.Elem];
    return T.Kind == TypeKind::Pointer && E.Kind == TypeKind::Record ? E.Record
                                                                     : None;
  }

  /// A plain pointer field or variable of the program.
  bool mayAlias(FieldRef F) const {
    const Type &T = P.Types[typeOf(F)];
    if (T.Kind != TypeKind::Pointer || T.Owner != OwnerKind::None)
      return false;
    if (F.first == None)
      return !P.Globals[F.second].System && !P.Globals[F.second].Const;
    const facts::Record &Rec = P.Records[F.first];
    // Links between objects of one type are the list itself.
    return !Rec.System && !Rec.Union && pointee(T) != F.first;
  }

  bool mayOwn(FieldRef F) const {
    const Type *T = &P.Types[typeOf(F)];
    if (T->Kind == TypeKind::Array)
      T = &P.Types[T->Elem];
    return T->Kind == TypeKind::Pointer && T->Owner != OwnerKind::Weak;
  }

  // Step 1: which fields are set to what another field leads to.
  void findStores(uint32_t Fn) {
    const Function &F = P.Functions[Fn];
    if (F.Implicit || F.System)
      return;
    const Shape &S = Prov.shape(Fn);
    struct Set {
      const Instr *I;
      Key K;
    };
    SmallVector<Set, 8> Sets;
    for (const Block &B : F.Blocks)
      for (const Instr &I : B.Instrs)
        if (I.Opcode == Op::Store)
          if (auto K = Prov.keyOf(Fn, F.Places[I.P]))
            Sets.push_back({&I, *K});
    for (const Set &A : Sets) {
      noteLink(Fn, *A.I);
      if (A.I->A.Kind != Operand::Reg || !mayAlias(A.K.Field))
        continue;
      auto Note = [&](FieldRef Owner, unsigned Level, bool Owned) {
        if (Owner == A.K.Field || !mayOwn(Owner))
          return;
        ByOwner[Owner].insert({A.K.Field, {Owner, Level, Owned}});
        SetBy[A.K.Field].insert(Fn);
      };
      for (const Root &Rt : Prov.roots(Fn, A.I->A)) {
        if (Rt.Slot)
          continue;
        if (Rt.Object == A.K.Object && !takesOut(Fn, Sets, Rt.key(), *A.I))
          Note(Rt.Field, Rt.Level, Rt.Owned);
        // A part of what this function hands to an owner of the object.
        for (const Set &O : Sets)
          if (O.K.Object == A.K.Object &&
              pointee(P.Types[typeOf(A.K.Field)]) != Rt.Field.first &&
              S.value(O.I->A) + "->" == Rt.Object)
            Note(O.K.Field, Rt.Level + 1, Rt.Owned);
      }
      // The same value goes into both.
      std::string V = S.value(A.I->A);
      const Instr *Made = S.origin(A.I->A);
      for (const Set &O : Sets) {
        if (O.K.Object != A.K.Object || O.I->A.Kind != Operand::Reg)
          continue;
        if (S.value(O.I->A) == V && V != "?") {
          Note(O.K.Field, 0, true);
          Together.insert({A.K.Field, O.K.Field});
          continue;
        }
        // make_unique<T>() goes into a container of unique_ptr<T>.
        const Type &T = P.Types[typeOf(O.K.Field)];
        if (isOwner(S, Made) && T.Owner == OwnerKind::Container &&
            P.Types[T.Elem].Owner == OwnerKind::Unique &&
            pointee(P.Types[T.Elem]) != None &&
            pointee(P.Types[T.Elem]) == pointee(P.Types[typeOf(A.K.Field)]))
          Note(O.K.Field, 1, true);
      }
    }
  }

  /// `e->next = o->alias`: the alias is the head of a list of its own.
  void noteLink(uint32_t Fn, const Instr &Set) {
    const Instr *D = Prov.shape(Fn).origin(Set.A);
    if (!D || D->Opcode != Op::Load)
      return;
    const Function &F = P.Functions[Fn];
    auto From = Prov.keyOf(Fn, F.Places[D->P]),
         To = Prov.keyOf(Fn, F.Places[Set.P]);
    if (From && To && From->Field != To->Field && To->Field.first != None &&
        pointee(P.Types[typeOf(From->Field)]) == To->Field.first)
      Heads.insert(From->Field);
  }

  /// Why an alias is hardly one, or null.
  const char *doubt(const Left &L) const {
    if (L.Ends)
      return "the object may be at its end";
    const FieldRef A = L.Alias, O = L.Owner;
    if ((A.first == None) != (O.first == None))
      return "a variable and a field are no parts of one object";
    if (A.first == None) {
      const Global &GA = P.Globals[A.second], &GO = P.Globals[O.second];
      if (GA.FunctionStatic || GO.FunctionStatic ||
          GA.Decl.File != GO.Decl.File)
        return "two variables of different functions or files";
      if (GA.Link != Linkage::Internal)
        return "others may set the variable";
    } else if (A.first != O.first) {
      return "the fields are of different records";
    }
    if (Heads.count(A) && !Together.count({A, O}))
      return "it heads a list of its own, and elements move between lists";
    // What the owner leads to, through arrays of pointers and owners.
    const Type *To = &P.Types[P.Types[typeOf(A)].Elem];
    const Type *Held = &P.Types[typeOf(O)];
    for (unsigned I = 0; I < 4; ++I) {
      if (Held->Kind == TypeKind::Record && Held->Record != None &&
          Held->Record == To->Record)
        return nullptr;
      if (To->Kind != TypeKind::Record && I && Held->Kind == To->Kind &&
          Held->SizeBytes == To->SizeBytes)
        return nullptr;
      if (!Held->Elem)
        break;
      Held = &P.Types[Held->Elem];
    }
    return "it does not point to what the owner leads to, by its type";
  }

  /// Whether \p Made makes an object, or is a local that owns one.
  bool isOwner(const Shape &S, const Instr *Made) const {
    if (!Made || Made->Opcode == Op::New)
      return Made;
    if (Made->Opcode != Op::Load)
      return false;
    const Place &Pl = S.F.Places[Made->P];
    return Pl.Base == Place::Local && Pl.Path.empty() &&
           P.Types[Pl.Type].Owner == OwnerKind::Unique;
  }

  /// Whether the function moves the owner on after \p Taken: what was taken is
  /// no longer there.
  template <typename Sets>
  bool takesOut(uint32_t Fn, const Sets &All, const Key &Owner,
                const Instr &Taken) {
    bool After = false;
    bool Container = P.Types[typeOf(Owner.Field)].Owner == OwnerKind::Container;
    return any_of(All, [&](const auto &X) {
      After |= X.I == &Taken;
      if (!(X.K == Owner) || Container)
        return false;
      return After || any_of(Prov.roots(Fn, X.I->A), [&](const Root &R) {
               return !R.Slot && R.key() == Owner;
             });
    });
  }

  // Step 2: who frees and does not look.
  struct Event {
    uint32_t Block, Instr;
    Left L;
    uint32_t Result = None; ///< Register: where it is null nothing was freed.
  };

  void collect(uint32_t Fn, SmallVectorImpl<Event> &Events) {
    const Function &F = P.Functions[Fn];
    const FlowGraph &G = C.graph(Fn);
    for (uint32_t B : G.Order)
      for (uint32_t N = 0; N < F.Blocks[B].Instrs.size(); ++N) {
        const Instr &I = F.Blocks[B].Instrs[N];
        enum { Frees, Drops, Moves } How = Frees;
        uint32_t Callee = None, Result = None;
        auto Ends = [&](const Operand &O, Where At) {
          const auto &Roots = Prov.roots(Fn, O);
          if (isNewSlot(Fn, O))
            return;
          for (const Root &Rt : Roots) {
            auto It = Rt.Slot ? ByOwner.end() : ByOwner.find(Rt.Field);
            if (It == ByOwner.end())
              continue;
            OwnerKind Kind = P.Types[typeOf(Rt.Field)].Owner;
            for (const auto &[Alias, A] : It->second) {
              bool Inside = A.Level == Rt.Level;
              bool Kills = Inside || (A.Level > Rt.Level && A.Owned);
              if (How == Drops) // clear(): the elements go if they are owned.
                Kills =
                    Rt.Level == 0 && Kind == OwnerKind::Container && A.Owned;
              if (How == Moves)
                Kills = Inside && Rt.Level == 0 &&
                        (Kind == OwnerKind::Container ||
                         Kind == OwnerKind::ValueContainer);
              if (!Kills || any_of(Roots, [&, &Al = Alias](const Root &X) {
                    return X.Field == Al;
                  }))
                continue;
              // A callee that knows the alias sees to it.
              if (uint32_t Slot = C.slotOf(Prov.tracked(Alias));
                  Callee != None && Slot != None &&
                  C.touches(Callee, Slot, /*Direct=*/false))
                continue;
              Left L{Rt.Object, Alias, Rt.Field, At};
              L.Cleared = A.Level == 0 && Rt.Level == 0 && !G.LoopDepth[B] &&
                          clears(Fn, Rt.key(), O);
              L.Ends = A.Level == 0 && Rt.Level == 0 && !stores(Fn, Rt.Field) &&
                       (Callee == None || !stores(Callee, Rt.Field));
              Events.push_back({B, N, L, Result});
            }
          }
        };
        Where Here{Fn, I.Loc};
        switch (I.Opcode) {
        case Op::Free:
          Ends(I.A, Here);
          break;
        case Op::Release:
          How = Drops;
          Ends(I.A, Here);
          break;
        case Op::Invalidate:
          How = Moves;
          Ends(I.A, Here);
          break;
        case Op::Call: {
          uint32_t Body = Prov.target(I);
          Callee = Body;
          if (P.Types[I.Type].Kind == TypeKind::Pointer)
            Result = I.Dst; // realloc
          for (unsigned A = 0; A < I.Args.size(); ++A)
            if (auto At = Prov.freedArg(Fn, I, A))
              Ends(I.Args[A], *At);
          auto It = Body == None ? Leavers.end() : Leavers.find(Body);
          if (It == Leavers.end())
            break;
          for (const Left &L : It->second)
            if (auto Obj = Prov.inCaller(Fn, I, L.Object)) {
              Left M = L;
              M.Object = *Obj;
              Events.push_back({B, N, M, None});
            }
          break;
        }
        default:
          break;
        }
      }
  }

  /// `map[key] = ...`: what is freed lay in the slot that was just made, so
  /// there was nothing.
  bool isNewSlot(uint32_t Fn, const Operand &O) const {
    const Function &F = P.Functions[Fn];
    const Shape &S = Prov.shape(Fn);
    const Instr *D = S.origin(O);
    for (unsigned I = 0; D && I < 3; ++I) {
      if (D->Opcode == Op::New)
        return true;
      if ((D->Opcode != Op::Load && D->Opcode != Op::Addr) ||
          F.Places[D->P].Base != Place::Deref)
        return false;
      D = S.origin(F.Places[D->P].Ptr);
    }
    return false;
  }

  bool stores(uint32_t Fn, FieldRef Owner) const {
    const Function &F = P.Functions[Fn];
    return any_of(F.Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        if (I.Opcode != Op::Store && I.Opcode != Op::Addr)
          return false;
        auto K = Prov.keyOf(Fn, F.Places[I.P]);
        return K && K->Field == Owner;
      });
    });
  }

  /// Whether \p O is what the owner holds, and the function clears the owner.
  bool clears(uint32_t Fn, const Key &Owner, const Operand &O) const {
    const Function &F = P.Functions[Fn];
    const Instr *D = Prov.shape(Fn).origin(O);
    if (!D || D->Opcode != Op::Load ||
        Prov.keyOf(Fn, F.Places[D->P]) != std::optional(Owner))
      return false;
    return any_of(F.Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        return I.Opcode == Op::Store && I.A.Kind == Operand::Null &&
               Prov.keyOf(Fn, F.Places[I.P]) == std::optional(Owner);
      });
    });
  }

  void follow(uint32_t Fn) {
    SmallVector<Event, 8> Events;
    collect(Fn, Events);
    std::set<Left> Asked;
    bool Grew = false;
    for (const Event &E : Events) {
      if (!Asked.insert(E.L).second || Leavers[Fn].count(E.L))
        continue;
      Left L = E.L;
      if (!endsUnseen(Fn, Events, L))
        continue;
      L.Phase |= inPhase(Fn, E);
      Leavers[Fn].insert(L);
      Grew = true;
    }
    if (!Grew)
      return;
    for (const CallSite &S : P.SitesOf[Fn])
      if (S.Function != Fn && isOperation(S.Function))
        Work.push_back(S.Function);
  }

  /// Whether some path through \p Fn frees and comes to its end without a look
  /// at the alias.
  bool endsUnseen(uint32_t Fn, ArrayRef<Event> Events, const Left &L) {
    const Function &F = P.Functions[Fn];
    Key Alias{L.Object, L.Alias};
    BitVector Deciders = decidersOf(Fn, Alias);
    enum : uint8_t { Clean = 1, Dirty = 2 };
    std::vector<uint8_t> In(F.Blocks.size());
    In[0] = Clean;
    SmallVector<uint32_t, 16> Todo{0};
    while (!Todo.empty()) {
      uint32_t B = Todo.pop_back_val();
      uint8_t St = In[B];
      for (uint32_t N = 0; N < F.Blocks[B].Instrs.size() && St; ++N) {
        const Instr &I = F.Blocks[B].Instrs[N];
        bool Frees = any_of(Events, [&](const Event &E) {
          return E.Block == B && E.Instr == N && E.L.Object == L.Object &&
                 E.L.Alias == L.Alias;
        });
        if (I.Opcode == Op::Call && I.Callee != None &&
            P.Callees[I.Callee].NoReturn && P.BodyOf[I.Callee] == None)
          St = 0;
        else if (Frees)
          St = Dirty;
        else if (looksAt(Fn, I, Alias))
          St = 0;
      }
      const Terminator &T = F.Blocks[B].Term;
      if ((St & Dirty) &&
          (T.Kind == Terminator::Return || T.Kind == Terminator::Throw))
        return true;
      if (Deciders[B])
        St = 0;
      for (unsigned S = 0; S < T.Succs.size() + T.Cases.size(); ++S) {
        uint32_t To =
            S < T.Succs.size() ? T.Succs[S] : T.Cases[S - T.Succs.size()].Succ;
        uint8_t Now = St;
        if (const Instr *Null = T.Kind == Terminator::Branch
                                    ? isNullWay(Fn, T.Cond, S)
                                    : nullptr) {
          std::optional<Key> K = Null->Opcode == Op::Load
                                     ? Prov.keyOf(Fn, F.Places[Null->P])
                                     : std::nullopt;
          if (K && *K == Alias)
            Now = 0;
          // `if (list) free(list)`: what lay in it was reached through it.
          if (Null->Opcode == Op::Load &&
              Prov.shape(Fn).place(F.Places[Null->P]) + "->" == L.Object)
            Now = 0;
          if (any_of(Events, [&](const Event &E) {
                return E.Result != None && E.Result == Null->Dst;
              }))
            Now = Now ? Clean : 0;
        }
        if (To != None && (In[To] | Now) != In[To]) {
          In[To] |= Now;
          Todo.push_back(To);
        }
      }
    }
    return false;
  }

  /// Branches that decide whether the alias is set, by what they read of the
  /// object or of its elements: `if (!q->head) q->tail = NULL`.
  BitVector decidersOf(uint32_t Fn, const Key &Alias) {
    const Function &F = P.Functions[Fn];
    const FlowGraph &G = C.graph(Fn);
    BitVector Result(F.Blocks.size());
    for (uint32_t B : G.Order)
      for (const Instr &I : F.Blocks[B].Instrs) {
        if (I.Opcode != Op::Store)
          continue;
        auto K = Prov.keyOf(Fn, F.Places[I.P]);
        if (!K || !(*K == Alias))
          continue;
        for (uint32_t D : G.Order)
          if (!G.LoopHead[D] && F.Blocks[D].Term.Kind == Terminator::Branch &&
              decides(G, F, D, B) &&
              Prov.readsMemory(Fn, F.Blocks[D].Term.Cond))
            Result.set(D);
      }
    return Result;
  }

  static bool decides(const FlowGraph &G, const Function &F, uint32_t D,
                      uint32_t B) {
    // One way from D leads to B, another does not.
    auto Leads = [&](uint32_t From) {
      BitVector Seen(F.Blocks.size());
      SmallVector<uint32_t, 8> Todo{From};
      while (!Todo.empty()) {
        uint32_t X = Todo.pop_back_val();
        if (X == B)
          return true;
        if (Seen[X])
          continue;
        Seen.set(X);
        for (uint32_t Su : G.Succs[X])
          if (!G.isBackEdge(X, Su))
            Todo.push_back(Su);
      }
      return false;
    };
    bool Some = false, Others = false;
    for (uint32_t Su : G.Succs[D])
      (Leads(Su) ? Some : Others) = true;
    return Some && Others;
  }

  /// What made the value that is null on way \p Succ of the branch.
  const Instr *isNullWay(uint32_t Fn, const Operand &Cond, unsigned Succ) {
    const Shape &S = Prov.shape(Fn);
    const Instr *D = S.origin(Cond);
    bool Way = Succ == 0;
    for (unsigned I = 0; D && I < 6; ++I) {
      switch (D->Opcode) {
      case Op::Not:
        Way = !Way;
        D = S.origin(D->A);
        continue;
      case Op::Cmp:
        if (D->B.Kind != Operand::Null &&
            !(D->B.Kind == Operand::Int && D->B.Value == 0))
          return nullptr;
        if (D->Cop == CmpOp::EQ)
          Way = !Way;
        else if (D->Cop != CmpOp::NE)
          return nullptr;
        D = S.origin(D->A);
        continue;
      default:
        return Way ? nullptr : D;
      }
    }
    return nullptr;
  }

  /// Whether the instruction sets the alias, compares it with something, or
  /// leaves its object to code that may.
  bool looksAt(uint32_t Fn, const Instr &I, const Key &Alias) {
    const Function &F = P.Functions[Fn];
    const Shape &S = Prov.shape(Fn);
    auto IsAlias = [&](const Operand &O) {
      const Instr *D = S.origin(O);
      if (!D || D->Opcode != Op::Load)
        return false;
      auto K = Prov.keyOf(Fn, F.Places[D->P]);
      return K && *K == Alias;
    };
    switch (I.Opcode) {
    case Op::Store: {
      auto K = Prov.keyOf(Fn, F.Places[I.P]);
      return (K && *K == Alias) || IsAlias(I.A);
    }
    case Op::Cmp:
      return (IsAlias(I.A) && I.B.Kind == Operand::Reg) ||
             (IsAlias(I.B) && I.A.Kind == Operand::Reg);
    case Op::Addr: {
      auto K = Prov.keyOf(Fn, F.Places[I.P]);
      return K && *K == Alias;
    }
    case Op::Zero:
    case Op::CopyRec:
    case Op::Havoc: {
      const Type &T = P.Types[F.Places[I.P].Type];
      return T.Kind == TypeKind::Record && Alias.Field.first != None &&
             T.Record == Alias.Field.first;
    }
    case Op::Free:
      return S.value(I.A) + "->" == Alias.Object;
    case Op::Call:
      break;
    default:
      return false;
    }
    uint32_t Slot = C.slotOf(Prov.tracked(Alias.Field));
    for (unsigned A = 0; A < I.Args.size(); ++A) {
      std::string V = S.value(I.Args[A]);
      bool Given = V + "->" == Alias.Object ||
                   (V[0] == '&' && V.substr(1) == Alias.Object);
      if (Given && Prov.freedArg(Fn, I, A))
        return true; // The object ends.
      if (Given && I.Callee != None && P.BodyOf[I.Callee] == None &&
          !P.Callees[I.Callee].SystemDecl)
        return true;
    }
    bool Complete;
    for (uint32_t T : P.targets(I, nullptr, Complete))
      if (Slot != None && C.writes(T, Slot, /*Direct=*/false))
        return true;
    // A hook that is not known may do anything with what it is given.
    return I.Callee == None && !Complete &&
           any_of(I.Args, [&](const Operand &O) {
             return S.value(O) + "->" == Alias.Object;
           });
  }

  /// Whether a test of a scalar that tells when the alias is set decides over
  /// the free.
  bool inPhase(uint32_t Fn, const Event &E) {
    if (E.L.Alias.first == None)
      return false;
    bool Found = false;
    forEachDecision(C, Fn, E.Block, [&](const Operand &Cond) {
      forEachTested(C, Fn, Cond, [&](const TestedPlace &T) {
        if (!T.Where->Path.empty() &&
            T.Where->Path.back().Kind == PathElem::Field) {
          const PathElem &L = T.Where->Path.back();
          Found |= L.Record == E.L.Alias.first &&
                   setWith(E.L.Alias, {L.Record, L.Index});
        }
        return true;
      });
    });
    return Found;
  }

  /// Whether some function that sets the alias gives \p Scalar a constant.
  bool setWith(FieldRef Alias, FieldRef Scalar) {
    TypeKind K = P.Types[typeOf(Scalar)].Kind;
    if (K != TypeKind::Bool && K != TypeKind::Int && K != TypeKind::Enum)
      return false;
    for (uint32_t Fn : SetBy[Alias])
      for (const Block &B : P.Functions[Fn].Blocks)
        for (const Instr &I : B.Instrs)
          if (I.Opcode == Op::Store && I.A.Kind == Operand::Int)
            if (auto Key = Prov.keyOf(Fn, P.Functions[Fn].Places[I.P]))
              if (Key->Field == Scalar)
                return true;
    return false;
  }

  // Step 3: who reads it, and the report.
  struct Reader {
    uint32_t Fn = None;
    bool Guarded = true;
    Where At;
  };

  Reader readerOf(FieldRef Alias, FieldRef Owner) {
    Reader Best;
    uint32_t Slot = C.slotOf(Prov.tracked(Alias));
    if (Slot == None)
      return Best;
    for (uint32_t Fn : C.touchersOf(Slot)) {
      if (!isOperation(Fn))
        continue;
      const Function &F = P.Functions[Fn];
      const FlowGraph &G = C.graph(Fn);
      SmallVector<uint32_t, 4> Stores;
      std::set<const Instr *> Loads;
      for (uint32_t B : G.Order) {
        bool Stored =
            any_of(Stores, [&](uint32_t X) { return G.dominates(X, B); });
        for (const Instr &I : F.Blocks[B].Instrs) {
          if (I.Opcode != Op::Load && I.Opcode != Op::Store)
            continue;
          auto K = Prov.keyOf(Fn, F.Places[I.P]);
          if (!K || K->Field != Alias)
            continue;
          if (I.Opcode == Op::Store) {
            Stored = true;
            Stores.push_back(B);
          } else if (!Stored) {
            Loads.insert(&I);
          }
        }
      }
      if (Loads.empty() || !opened(Fn, Alias))
        continue;
      DenseSet<uint32_t> Regs = holders(F, G, Loads);
      auto Is = [&](const Operand &O) {
        return O.Kind == Operand::Reg && Regs.count(uint32_t(O.Value));
      };
      for (uint32_t B : G.Order) {
        for (const Instr &I : F.Blocks[B].Instrs) {
          bool Used = I.Opcode == Op::Use && Is(I.A);
          for (uint32_t Pl : {I.P, I.P2})
            Used |= Pl != None && F.Places[Pl].Base == Place::Deref &&
                    Is(F.Places[Pl].Ptr);
          if (I.Opcode == Op::Call)
            Used |= any_of(I.Args, Is);
          if (Used)
            consider(Best, Fn, B, I.Loc, Alias, Owner);
        }
        const Terminator &T = F.Blocks[B].Term;
        if (T.Kind == Terminator::Return && Is(T.Cond))
          consider(Best, Fn, B, T.Loc, Alias, Owner);
      }
    }
    return Best;
  }

  /// Registers that get what one of \p Loads read, also by way of locals that
  /// hold something else at other times.
  static DenseSet<uint32_t> holders(const Function &F, const FlowGraph &G,
                                    const std::set<const Instr *> &Loads) {
    DenseSet<uint32_t> Regs;
    std::vector<BitVector> In(F.Blocks.size(), BitVector(F.Locals.size()));
    auto Is = [&](const Operand &O) {
      return O.Kind == Operand::Reg && Regs.count(uint32_t(O.Value));
    };
    for (bool Changed = true; Changed;) {
      Changed = false;
      for (uint32_t B : G.Order) {
        BitVector Held = In[B];
        for (const Instr &I : F.Blocks[B].Instrs) {
          bool Local = I.P != None && F.Places[I.P].Base == Place::Local &&
                       F.Places[I.P].Path.empty();
          uint32_t L = Local ? F.Places[I.P].BaseIndex : 0;
          if (I.Opcode == Op::Store && Local)
            Is(I.A) ? Held.set(L) : Held.reset(L);
          bool Gets = Loads.count(&I) || (I.Opcode == Op::Move && Is(I.A)) ||
                      (I.Opcode == Op::Load && Local && Held[L]);
          if (Gets && I.Dst != None)
            Changed |= Regs.insert(I.Dst).second;
        }
        for (uint32_t Su : G.Succs[B])
          if (Held.test(In[Su])) {
            In[Su] |= Held;
            Changed = true;
          }
      }
    }
    return Regs;
  }

  void consider(Reader &Best, uint32_t Fn, uint32_t B, SrcLoc Loc,
                FieldRef Alias, FieldRef Owner) {
    bool Guarded = false;
    forEachDecision(C, Fn, B, [&](const Operand &Cond) {
      forEachTested(C, Fn, Cond, [&](const TestedPlace &T) {
        if (!T.Where->Path.empty() &&
            T.Where->Path.back().Kind == PathElem::Field) {
          const PathElem &L = T.Where->Path.back();
          FieldRef F{L.Record, L.Index};
          Guarded |= L.Record == Alias.first && F != Alias && F != Owner &&
                     setWith(Alias, F);
        }
        return true;
      });
    });
    if (Best.Fn == None || (Best.Guarded && !Guarded))
      Best = {Fn, Guarded, {Fn, Loc}};
  }

  /// Whether \p Fn runs with the alias as earlier calls left it.
  bool opened(uint32_t Fn, FieldRef Alias) {
    if (C.callable(Fn))
      return true;
    return any_of(P.SitesOf[Fn], [&](const CallSite &Site) {
      const Function &F = P.Functions[Site.Function];
      const FlowGraph &G = C.graph(Site.Function);
      for (uint32_t B : G.Order)
        for (uint32_t N = 0; N < F.Blocks[B].Instrs.size(); ++N) {
          const Instr &I = F.Blocks[B].Instrs[N];
          if (I.Opcode != Op::Store ||
              (B == Site.Block ? N >= Site.Instr : !G.dominates(B, Site.Block)))
            continue;
          auto K = Prov.keyOf(Site.Function, F.Places[I.P]);
          if (K && K->Field == Alias)
            return false;
        }
      return true;
    });
  }

  /// Whether the outside sees what \p Fn leaves.
  bool manifest(uint32_t Fn, const Left &L) {
    if (P.CalledElsewhere[Fn] || P.ExitHook[Fn])
      return false;
    const Callee &Ce = P.Callees[P.Functions[Fn].Callee];
    if (P.SitesOf[Fn].empty() || Ce.AddressTaken || Ce.VirtualMethod ||
        C.isLoopFunction(Fn) || (P.Main == None && C.callable(Fn)))
      return true;
    // An object of no one's: reached through another one.
    StringRef Rest = L.Object;
    unsigned N;
    return !Rest.empty() && Rest[0] != 'G' &&
           !(Rest.consume_front("L") && !Rest.consumeInteger(10, N) &&
             Rest == "->");
  }

  void report() {
    std::set<std::tuple<FieldRef, uint32_t, uint32_t>> Done;
    std::map<std::pair<FieldRef, FieldRef>, Reader> Readers;
    for (auto &[Fn, Set] : Leavers)
      for (const Left &L : Set) {
        if (!manifest(Fn, L) ||
            !Done.insert({L.Alias, L.At.Loc.File, L.At.Loc.Line}).second)
          continue;
        // What is made and freed by itself owns its target; and a wrapper of
        // free says nothing of whose memory it is.
        Ownership::Evidence Ev = L.Alias.first == None
                                     ? Own.global(L.Alias.second)
                                     : Own.field(L.Alias);
        uint32_t OwnerSlot = C.slotOf(Prov.tracked(L.Owner));
        if ((Ev.Freed && Ev.Allocated) || OwnerSlot == None ||
            !C.touches(L.At.Fn, OwnerSlot, /*Direct=*/true))
          continue;
        auto [It, New] = Readers.try_emplace({L.Alias, L.Owner});
        if (New)
          It->second = readerOf(L.Alias, L.Owner);
        if (It->second.Fn != None)
          finding(Fn, L, It->second);
      }
  }

  void finding(uint32_t Fn, const Left &L, const Reader &Rd) {
    Tracked T = Prov.tracked(L.Alias), O = Prov.tracked(L.Owner);
    Finding F;
    F.Check = "retsan-dangling-field";
    F.Subject = nameOf(P, T);
    F.Field = pathOf(P, T);
    if (T.Global == None)
      F.Record = P.str(P.Records[T.Record].Name).str();
    else
      F.Field = F.Subject;
    F.Suspect.Subject = F.Subject;
    F.SubjectId = F.Suspect.SubjectId =
        idOf(P, T, F.Suspect.RecordKey, F.Suspect.Path);
    if (Known.count(F.SubjectId))
      return;
    SrcLoc Decl = T.Global != None
                      ? P.Globals[T.Global].Decl
                      : P.Records[L.Alias.first].Fields[L.Alias.second].Decl;
    F.Decl = {"", R.file(Decl.File), Decl.Line};
    PlaceRef At = R.place(L.At);
    F.File = At.File;
    F.Line = At.Line;
    F.Function = At.Function;
    std::string Owner = nameOf(P, O);
    // What may point where is known without regard to order: only an owner by
    // its type makes it sure. Of pointers in C none was right in real code.
    bool ByType = P.Types[typeOf(L.Owner)].Owner != OwnerKind::None;
    F.Level = L.Phase || Rd.Guarded || !ByType ? Confidence::Medium
                                               : Confidence::High;
    F.Message = "'" + F.Subject + "' may point to what " + At.Function +
                " frees through " + Owner +
                ", and is not cleared: " + R.function(Rd.Fn) + " uses it";
    F.Why = "It is set to something that " + Owner + " owns; " +
            R.function(Fn) + " frees that and does not look at " + F.Field +
            ".";
    F.Fix = "clear or move " + F.Field + " where its target is freed, at " +
            At.File + ":" + std::to_string(At.Line);
    F.Reasons.push_back("it is an alias of " + Owner);
    if (L.Cleared)
      F.Reasons.push_back(Owner + " is cleared there, and it is not");
    if (Rd.Guarded)
      F.Reasons.push_back("its readers ask for a phase first");
    if (L.Phase)
      F.Reasons.push_back("its target is freed in one phase of the object");
    if (F.Level == Confidence::Medium)
      if (const char *Why = doubt(L)) {
        F.Level = Confidence::Low;
        F.Reasons.push_back(Why);
      }
    for (uint32_t S : SetBy[L.Alias])
      if (F.Witness.empty())
        F.Witness.push_back(
            step({S, P.Functions[S].Loc},
                 F.Field + " is set to what " + Owner + " leads to"));
    F.Witness.push_back(step(L.At, "its target is freed here"));
    F.Witness.push_back(step(Rd.At, F.Field + " is used here"));
    F.Uses.push_back(R.place(Rd.At));
    F.State.push_back({F.Field, "freed"});
    if (T.Global == None) {
      const Field &Fd = P.Records[L.Alias.first].Fields[L.Alias.second];
      if (Fd.Retained)
        F.Suppressed = "RETSAN_RETAINED: " + P.str(Fd.Retained).str();
    }
    Out.push_back(std::move(F));
  }

  WitnessStep step(const Where &W, std::string Note) const {
    PlaceRef At = R.place(W);
    WitnessStep S;
    S.Call = At.Function;
    S.File = At.File;
    S.Line = At.Line;
    S.Note = std::move(Note);
    return S;
  }

  const Context &C;
  const Program &P;
  const Ownership &Own;
  const Renderer &R;
  const std::set<uint64_t> &Known;
  std::vector<Finding> &Out;
  Provenance Prov;
  std::map<FieldRef, std::set<std::pair<FieldRef, AliasOf>>> ByOwner;
  std::map<FieldRef, std::set<uint32_t>> SetBy;
  std::set<FieldRef> Heads; ///< Their values go into links of elements.
  std::set<std::pair<FieldRef, FieldRef>> Together; ///< Set to one value.
  std::map<uint32_t, std::set<Left>> Leavers;
  std::deque<uint32_t> Work;
};

} // namespace

void findAliases(const Context &C, const Ownership &Own,
                 const std::vector<UserFree> &Frees, const Renderer &R,
                 const std::set<uint64_t> &Known, std::vector<Finding> &Out) {
  Aliases(C, Own, Frees, R, Known, Out).run();
}

} // namespace retsan::solve
