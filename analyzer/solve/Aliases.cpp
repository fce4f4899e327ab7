//===- Aliases.cpp - pointers into what another field owns ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The third step after AliasGraph (which fields are aliases) and AliasFlow (who
// frees behind them): a finding needs a reader of the alias that runs with what
// an earlier call left, and a leaver that the outside sees.
//
//===----------------------------------------------------------------------===//

#include "analyzer/solve/Aliases.h"
#include "analyzer/solve/AliasFlow.h"
#include "analyzer/solve/Conditions.h"
#include "analyzer/solve/Judge.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace retsan::solve {

using namespace facts;

namespace {

class Aliases {
public:
  Aliases(const Context &C, const Ownership &Own,
          const std::vector<UserFree> &Frees, const Renderer &R,
          const std::set<uint64_t> &Known, std::vector<Finding> &Out)
      : C(C), P(C.P), Own(Own), R(R), Known(Known), Out(Out), Prov(C, Frees),
        Graph(C, Prov), Flow(C, Prov, Graph) {}

  void run() {
    if (!Graph.empty())
      report(Flow.run());
  }

private:
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
      if (!Flow.isOperation(Fn))
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
                     Graph.setWith(Alias, F);
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

  void report(const std::map<uint32_t, std::set<Left>> &Leavers) {
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
    bool ByType = P.Types[Graph.typeOf(L.Owner)].Owner != OwnerKind::None;
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
      if (const char *Why = doubtOf(L)) {
        F.Level = Confidence::Low;
        F.Reasons.push_back(Why);
      }
    for (uint32_t S : Graph.settersOf(L.Alias))
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

  /// Why an alias is hardly one, or null.
  const char *doubtOf(const Left &L) const {
    if (L.Ends)
      return "the object may be at its end";
    if (L.At.Fn == P.Main || endsThings(P.nameOf(L.At.Fn)))
      return "what frees the target is there to end things";
    if (storesInto(L.At.Fn, L.Alias))
      return "what frees the target sets it anew on another way";
    return Graph.doubt(L.Alias, L.Owner);
  }

  /// Whether \p Fn gives the field another value itself.
  bool storesInto(uint32_t Fn, FieldRef Alias) const {
    const Function &F = P.Functions[Fn];
    return any_of(F.Blocks, [&](const Block &B) {
      return any_of(B.Instrs, [&](const Instr &I) {
        if (I.Opcode != Op::Store || I.A.Kind == Operand::Null)
          return false;
        auto K = Prov.keyOf(Fn, F.Places[I.P]);
        return K && K->Field == Alias;
      });
    });
  }

  /// Whether a word of the name says that more than one target ends.
  static bool endsThings(StringRef Name) {
    return any_of(wordsOf(Name), [](StringRef W) {
      return StringSwitch<bool>(W)
          .Cases("free", "end", "close", "clean", "cleanup", "term", true)
          .Cases("fini", "destroy", "dispose", "exit", "deinit", true)
          .Default(false);
    });
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
  AliasGraph Graph;
  AliasFlow Flow;
};

} // namespace

void findAliases(const Context &C, const Ownership &Own,
                 const std::vector<UserFree> &Frees, const Renderer &R,
                 const std::set<uint64_t> &Known, std::vector<Finding> &Out) {
  Aliases(C, Own, Frees, R, Known, Out).run();
}

} // namespace retsan::solve