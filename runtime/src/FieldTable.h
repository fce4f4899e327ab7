//===- FieldTable.h - what each watched slot holds, and since when --------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   subject (hmap.oldbuckets) ──▶ instances, one for each slot address
//                                   │ Owner: allocation that holds the slot
//                                   │ Target: allocation that the value points
//                                   into ▼
//                                 entries, one for each finding state of the
//                                 subject
//
// Each event brings an instance up to date and then asks of each state whether
// it holds now; atoms are read from the program's memory, so the order in which
// a store and a phase write come does not matter. A state that is entered and
// left again before the function that did it returns was never quiescent, and
// is not counted (see isTransient). When an owner is freed its instances end;
// when a target is freed the instances that point at it are found through
// Incoming.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_FIELDTABLE_H
#define RETSAN_RUNTIME_FIELDTABLE_H

#include "Sys.h"

#include <retsan/abi.h>

struct retsan_debugger_v1;

namespace retsan {

/// A moment on both clocks.
struct Moment {
  uint64_t Ticks;
  uint64_t Bytes;
};

class ProfileWriter;
struct ThreadState;

/// Up to four distinct places.
struct SiteList {
  static constexpr uint32_t Max = 4;
  uint32_t Count;
  const retsan_site_v1 *Sites[Max];
  /// True if it is new, and there was room.
  bool add(const retsan_site_v1 *S);
};

struct SubjectSums {
  uint64_t Slots, Stores, Clears, Uses, Tests, Releases, Dropped, Cured;
  /// Byte-ticks and byte-bytes; doubles, since 1 GiB held for 9 s overflows 64
  /// bits.
  double LagT, UseT, DragT, VoidT, LagB, UseB, DragB, VoidB;
};

/// One value's life, for a report: of the instance that cost most.
struct Life {
  uint32_t End; ///< RETSAN_END_*; 0: none yet.
  bool HasUse, WasFreed;
  double Cost;
  uint64_t Bytes;
  Moment Stored, FirstUse, LastUse, Entered, Freed, Ended;
  const retsan_site_v1 *StoreSite, *LastUseSite, *EndSite;
};

struct StateSums {
  uint64_t Entered, Confirmed, Refuted, Dangling, FreedBytes, TargetBytes;
  double DanglingTicks, DanglingBytes; ///< Longest.
  double DragT, DragB;
  SiteList StoredAt, LastUsedAt, FreedAt, EnteredAt, UsedInStateAt;
  Life Worst;
};

/// How a stay in a state ends, and where.
struct Ending {
  uint32_t How; ///< RETSAN_END_*.
  const retsan_site_v1 *Site;
};

/// Events that were counted without the table's lock.
struct LoadCounts {
  uint64_t Of[8]; ///< By RETSAN_SITE_*, so far as it is one of these.
  static constexpr uint32_t Clears = 0;
};
static_assert(RETSAN_SITE_STORE < 8 && RETSAN_SITE_RELEASE < 8);
struct Instance;
struct QuickStates;
struct Subject;

/// Of one thread at a time, for ever: one that ends leaves it to the next.
struct ThreadBlock {
  static constexpr uint32_t MaxSubjects = 4096, SlotPlaces = 4096;
  LoadCounts Counts[MaxSubjects];
  /// Where slots were found: the upper half tells the slot, lest an instance is
  /// looked at in vain, the lower is the instance.
  uint64_t Slots[SlotPlaces];
  struct alignas(64) KnownSite {
    const retsan_site_v1 *Site;
    Instance *At; ///< That it last met; never null.
    uint64_t Mark;
    const QuickStates *States; ///< The subject's.
    uint64_t *Count;           ///< Of its kind, if that is a load.
    uint32_t Kind;             ///< Of a load, else 0.
    const Subject *Of;
    uint64_t *Counts; ///< The subject's, above.
  };
  static constexpr uint32_t SitePlaces = 256;
  KnownSite Sites[SitePlaces];

  /// Announced variables on the thread's stack, the deepest last.
  static constexpr uint32_t MaxLocals = 64;
  struct Local {
    uint64_t Begin, End;
    bool HasInstances;
  } Locals[MaxLocals];
  uint32_t NumLocals;
};

/// All sums, apart from the tables so that a snapshot is a copy.
struct Sums {
  MapVector<SubjectSums> Subjects;
  MapVector<StateSums> States;
};

/// An atom as the quick path reads it, see QuickPath.h.
struct QuickAtom {
  enum : uint8_t { U8, S8, U32, S32, Word };
  int64_t Value;
  int64_t Offset; ///< From the field, or an address.
  uint32_t Op;
  uint8_t Form;
  bool Absolute;
};

/// All states of a subject but those that want a freed target; never changed
/// once published.
struct QuickStates {
  // One state with one atom `variable == Value` or its opposite; else LastByte
  // is -1.
  int64_t LastByte;   ///< Of a word, at which the variable may begin.
  uint64_t FieldMask; ///< 0: Offset is an address.
  int64_t Offset;
  uint64_t Mask, Value;
  bool WantsEqual;

  uint32_t NumStates;
  const QuickAtom *Atoms;
  const QuickAtom **Ends; ///< For each state, the end of its atoms.
};

/// The suspects that a phase variable speaks of; never changed once published.
struct QuickPhase {
  struct Suspect {
    const Subject *Of;
    uint64_t AddressMask; ///< 0: Field is an address.
    int64_t Field;        ///< From the variable.
    uint64_t Slot;        ///< From the field.
  };
  uint32_t Count;
  const Suspect *Suspects;
};

struct Subject {
  uint64_t Id;
  const QuickStates *Quick; ///< Null: the quick path cannot say.
  const QuickPhase *Phase;  ///< Null: the same.
  const char *Name;
  void *Global; ///< Of a global.
  uint32_t Offset, Size, RecordSize;
  uint16_t Role, Flags;
  uint16_t BitOffset, BitWidth;
  bool Cure; ///< Its slots are cleared as they become stale.
  uint32_t OwnerSlot;
  uint32_t FirstInstance;
  uint32_t Index; ///< Into Sums.Subjects.
  MapVector<uint32_t> States;
  MapVector<uint32_t> Suspects; ///< Subjects with a state that reads this one.
};

struct Atom {
  uint64_t SubjectId;
  int64_t Value;
  uint32_t Op;
  uint32_t Phase; ///< Index of the subject plus 1; 0: not registered yet.
};

struct State {
  const char *Fingerprint;
  uint64_t SubjectId;
  uint32_t SubjectIndex;
  bool WantsFreed;
  uint32_t NumAtoms;
  Atom *Atoms;
};

/// One instance's stay in one state.
struct Entry {
  uint64_t Ticks, Bytes; ///< Entered.
  const retsan_site_v1 *Site;
  int32_t Tid;
  uint32_t Serial;
  bool In, Used;
  bool Pending; ///< The function that entered it is awaited.
  bool Settled; ///< That function returned.
};

/// What a slot was found to be at a checkpoint.
enum class Condition : uint8_t { Null, Live, Stale, Dangling };

struct alignas(64) Instance {
  // The line that the quick path reads and writes.
  uint64_t Slot; ///< 0: not in use.
  uint64_t Value;
  /// 0, or if quick paths may be taken, the slot and its subject: in no state,
  /// target not freed, not inherited.
  uint64_t Key;
  uint64_t LastUseTicks, LastUseBytes;
  const retsan_site_v1 *LastUseSite, *LastTouchSite;
  int32_t TouchTid;
  uint16_t TouchDepth; ///< Of the instrumented function that last touched it.
  /// UsedBit if the value was used; and how many uses or stores may follow
  /// before the wall clock is asked again, see tickOf(). Of a value that was
  /// not used, LastUseTicks and LastUseBytes are those of its store.
  uint8_t Uses;
  static constexpr uint8_t UsedBit = 128;
  bool hasUse() const { return Uses & UsedBit; }
  /// In an address's upper bits: of one of the subjects that threads count.
  static uint64_t markOf(uint32_t SubjectIndex) {
    return uint64_t(SubjectIndex + 1) << 48;
  }
  void setQuick(bool Quick) {
    bool Can = Quick && SubjectIndex < ThreadBlock::MaxSubjects;
    storeRelaxed(Key, Can ? Slot ^ markOf(SubjectIndex) : 0);
  }

  Subject *Of;
  uint64_t Field; ///< Differs from Slot in an array.
  uint64_t TargetSize;
  uint64_t StoreTicks, StoreBytes;
  uint64_t FirstUseTicks, FirstUseBytes;
  uint64_t FreedTicks, FreedBytes;
  const retsan_site_v1 *StoreSite, *FreedSite;
  uint32_t SubjectIndex;
  uint32_t Target, Owner;
  uint32_t NextIn, PrevIn, NextOwned, PrevOwned, NextSubject, PrevSubject;
  uint16_t NumEntries, EntryCapacity;
  Condition Cond;
  uint8_t LooseAt; ///< Place in FieldTable::Loose plus 1.
  bool TargetFreed, Inherited;
  bool Hashed;   ///< In FieldTable::Hash.
  bool Poisoned; ///< The slot holds poison(Value) instead of Value.
  Entry
      Freed; ///< The free of its target, as a state that may be transient too.
  Entry *Entries;
};

class FieldTable {
public:
  /// False if there is no memory for it.
  bool start(uint32_t MaxInstances);

  void registerModule(const retsan_module_v1 &M);
  /// Copies all that points into [Begin, End): a module that is unloaded.
  void unregisterModule(uint64_t Begin, uint64_t End);

  void onStore(const retsan_site_v1 *Site, void *Field, void **Slot,
               void *Value);
  void onLoad(const retsan_site_v1 *Site, void *Field, void **Slot,
              void *Value);
  void onPhase(const retsan_site_v1 *Site, void *Addr);
  void onEscape(const retsan_site_v1 *Site, void *Field);
  void onRefresh(const retsan_site_v1 *Site, void *Field);
  void onThrough(const retsan_site_v1 *Site, void **Slot, void *Value);
  void onRange(const retsan_site_v1 *Site, void *Dst, size_t Size);
  void onScopeLeave(uint32_t Depth);
  /// A store after which only the instance has changed; see QuickPath.h.
  bool quickStore(ThreadState &T, const retsan_site_v1 *Site, uint64_t Field,
                  uint64_t Slot, uint64_t Value);
  /// Enters values that were stored quickly into the lists of their targets:
  /// before anything looks at those, or a target is freed.
  void bindLoose();
  /// Only those that point there, an allocation that goes.
  void bindLoose(uint64_t Begin, uint64_t End);
  /// The instance at \p Slot by the list of the allocation that holds it. \p
  /// Sure: if null is returned, there is none.
  Instance *ownedAt(uint64_t Slot, bool &Sure) const;

  /// An allocation is about to be given back. Called only if it has lists.
  /// Returns true if its record must be kept.
  bool onFree(uint32_t Id);
  /// A pool of the program's took memory back.
  void onPoolFree(uint64_t Begin, uint64_t Size);
  /// The owner's memory was moved by realloc.
  void onMove(uint32_t OldId, uint32_t NewId);

  /// Reads all slots and states anew and sets each instance's Cond.
  void refreshAll();
  /// Ends all lives, for the last tables.
  void endAll();
  /// In the child after fork: counts start at zero, what the parent left is
  /// inherited.
  void afterFork();

  template <typename Fn> void forEachInstance(Fn F) {
    for (uint32_t I = 1; I < NextInstance; ++I)
      if (Pool[I].Slot)
        F(Pool[I]);
  }
  Instance *findSlot(uint64_t Slot);
  Instance &instance(uint32_t Index) { return Pool[Index]; }
  uint32_t indexOf(const Instance &I) const {
    return static_cast<uint32_t>(&I - Pool);
  }
  /// Gives the calling thread a block; returns it.
  void takeBlock();
  /// A variable on the calling thread's stack begins its life.
  void addLocal(uint64_t Begin, uint64_t End, uint64_t Sp);
  /// Ends it.
  void endLocals(uint64_t Begin);
  void returnBlock();
  /// Index of the subject, or ~0u.
  uint32_t subjectIndex(uint64_t Id) {
    Subject *S = findSubject(Id);
    return S ? S->Index : ~0u;
  }
  size_t numSubjects() const { return Subjects.size(); }
  const Subject &subject(uint32_t Index) const { return *Subjects[Index]; }

  /// A poisoned pointer, \p Value without its poison, was followed at \p Pc.
  void onPoisonFault(uint64_t Value, uint64_t Pc);
  /// Takes the poison out of all slots.
  void healAll();
  bool hasCure() const;

  /// For a debugger, see retsan/debugger.h.
  void describe(retsan_debugger_v1 &D) const;
  /// Writes subjects and states as if the program ended now.
  void writeTables(ProfileWriter &W);
  uint64_t confirmed();
  void printConfirmed();

  Lock Mutex;

private:
  Subject *findSubject(uint64_t Id);
  Subject *registerSubject(const retsan_field_v1 *F);
  void linkAtoms();
  void publishQuick(Subject &S);
  void publishPhase(Subject &P);
  Instance *meet(uint64_t Slot);
  Subject *subjectOf(const Instance *Known, const retsan_site_v1 *Site);
  void settleQuick(Instance &I);
  void forgetSites();
  void addCounts(Sums &To) const;
  Instance *instanceAt(Subject &S, uint64_t Field, uint64_t Slot);
  Instance *create(Subject &S, uint64_t Field, uint64_t Slot, uint32_t Owner);
  void destroy(Instance &I);
  void setValue(Instance &I, uint64_t Value, const retsan_site_v1 *Site,
                const Moment &M);
  void endValue(Instance &I, const Ending &By, const Moment &M);
  void unlinkTarget(Instance &I);
  void linkTarget(Instance &I, uint32_t Target);
  void dropLoose(Instance &I);
  void replaceValue(Instance &I, uint64_t Value, const retsan_site_v1 *Site,
                    const Moment &M);
  void accountQuickly(const Instance &I, const Moment &M);
  void targetFreed(Instance &I, const Moment &M);
  void access(Instance &I, const retsan_site_v1 *Site, const Moment &M);
  void use(Instance &I, const retsan_site_v1 *Site, const Moment &M);
  void touch(Instance &I, const retsan_site_v1 *Site);
  void evaluate(Instance &I, const retsan_site_v1 *Site, const Moment &M,
                bool ByFree);
  bool holds(const Instance &I, const State &St) const;
  bool readPhase(const Subject &Phase, const Subject &Suspect, uint64_t Slot,
                 int64_t &Value) const;
  void settled(Instance &I, Entry &E, const Moment &M);
  void heal(Instance &I);
  void trap(const Instance &I, uint32_t StateIndex, const retsan_site_v1 *Site,
            uint32_t Kind, uint64_t Pc);
  const char *suppressedBy(uint32_t StateIndex) const;
  void leave(Instance &I, uint32_t StateIndex, Entry &E, const Ending &By,
             const Moment &M);
  void account(const Instance &I, uint32_t Ordinal, const Entry &E,
               bool Dangles, const Ending &By, const Moment &M,
               Sums &Into) const;
  void accountValue(const Instance &I, const Moment &M, Sums &Into) const;
  bool isTransient(const Entry &E, const retsan_site_v1 *Site) const;
  void reread(Subject &S, uint64_t Field, const retsan_site_v1 *Site,
              const Moment &M, bool OnlyKnown = false);
  void enter(Instance &I, Entry &E, uint16_t Ordinal,
             const retsan_site_v1 *Site, const Moment &M, bool ByFree);
  bool trackable(uint64_t Slot, uint32_t &Owner) const;
  void endLocal(ThreadBlock::Local &L);
  void hashInsert(uint64_t Slot, uint32_t Index);
  void hashErase(Instance &I);
  void hashIfNeeded(Instance &I, uint32_t Owner);
  void bindOne(Instance &I);
  bool growHash();
  void unlinkOwner(Instance &I);
  void linkOwner(Instance &I, uint32_t Owner);
  bool ensureEntries(Instance &I);
  const retsan_site_v1 *keepSite(const retsan_site_v1 *S, uint64_t Begin,
                                 uint64_t End);

  /// Of an owner's list, before the table is asked.
  static constexpr uint32_t MaxWalk = 8;

  MapVector<Subject *> Subjects;
  MapVector<State> States;
  Sums Totals;
  MapVector<ThreadBlock *> Blocks, FreeBlocks;
  Instance *Pool = nullptr;
  uint32_t MaxInstances = 0, NextInstance = 1, FreeInstance = 0, Serial = 0;
  uint32_t *Hash = nullptr;
  uint32_t HashSize = 0, HashUsed = 0;
  uint32_t *SubjectHash = nullptr; ///< Open hash by id; index plus 1.
  uint32_t SubjectHashSize = 0;
  /// Instances with values that are in no list of their targets. Frees in the
  /// targets' spans take the slow way, see OwnHeap::watch.
  static constexpr uint32_t MaxLoose = 64;
  uint32_t Loose[MaxLoose] = {}, NumLoose = 0;
  uint64_t LooseValues[MaxLoose] = {}; ///< Of the same; null too.
  Arena Memory;
  bool SaidFull = false;
  uint32_t NumTraps = 0;
};

/// Whether the two are fields of one record.
bool sameRecord(const Subject &A, const Subject &B);

/// Whether \p Slot lies in an announced variable of the calling thread.
bool isLocal(uint64_t Slot);

inline bool compareAtom(uint32_t Op, int64_t V, int64_t Value) {
  switch (Op) {
  case RETSAN_ATOM_EQ:
    return V == Value;
  case RETSAN_ATOM_NE:
    return V != Value;
  case RETSAN_ATOM_LT:
    return V < Value;
  case RETSAN_ATOM_LE:
    return V <= Value;
  case RETSAN_ATOM_GT:
    return V > Value;
  case RETSAN_ATOM_GE:
    return V >= Value;
  }
  return false;
}

} // namespace retsan

#endif
