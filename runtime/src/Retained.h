//===- Retained.h - what each root alone retains --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mode `heap` needs nothing of the program but its roots: the globals of each
// module, as its symbol table names them, and the threads. Each root walks the
// heap and leaves its label on what it reaches; where it meets another's label
// both become `Shared`, and that goes on to all that is reached from there. An
// allocation changes its label twice at most, so the cost is that of two marks.
// What keeps one label would go with that root. A second run does the same with
// whole modules as roots.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_RETAINED_H
#define RETSAN_RUNTIME_RETAINED_H

#include "Mark.h"

#include <link.h>

namespace retsan {

class Retained {
public:
  /// Learns modules and their symbols: before threads are stopped, with the
  /// loader's lock held.
  void readModules();
  /// The roots of one thread.
  void addThread(int Tid);
  void addRange(uint64_t Begin, uint64_t End);
  void addWord(uint64_t Word) { addRange(Word, 0); }
  /// Walks the heap; threads are stopped.
  static constexpr unsigned NumHoles = 3;
  void run(const Marker &M, const Range (&Holes)[NumHoles]);
  void write(ProfileWriter &W);
  void release();
  /// The root that alone retains most, for a line of text; empty if none does.
  const char *largest(uint64_t &Bytes) const;

private:
  struct Module {
    const char *Name;
    uint64_t Base, Begin, End; ///< Begin to End: all of its writable segments.
    const char *Map;           ///< The file, mapped.
    uint64_t MapSize;
  };
  struct Symbol {
    uint64_t Begin, End;
    const char *Name;
  };
  struct Group {
    uint32_t Kind;
    uint32_t Module; ///< Index; of a thread NoModule.
    const char *Name;
    uint64_t Bytes, Objects;
  };
  /// Words at Begin up to End; the word Begin itself if End is 0.
  struct Root {
    uint64_t Begin, End;
    uint32_t Group;
  };
  struct Work {
    uint32_t Id, Label;
  };
  static constexpr uint32_t NoModule = ~0u;
  static constexpr uint32_t Shared = ~0u;

  static const char *intern(const char *Name);
  void readSymbols(Module &M);
  void addModule(const char *Name, uint64_t Base, uint64_t Begin, uint64_t End);
  uint32_t addGroup(uint32_t Kind, uint32_t Module, const char *Name);
  void addGlobals(uint32_t ModuleIndex, uint64_t Begin, uint64_t End);
  void reach(uint64_t Word, uint32_t Label);
  void drain(const Marker &M);
  template <typename Fn>
  void eachWord(const Marker &M, uint64_t Begin, uint64_t End, Fn F);
  void label(const Marker &M, bool ByModule);
  static int visit(dl_phdr_info *Info, size_t, void *Arg);

  MapVector<Module> Modules;
  MapVector<Symbol> Symbols; ///< Sorted.
  MapVector<Group> Groups;
  MapVector<Root> Roots;
  MapVector<Work> Stack;
  uint32_t *Labels = nullptr; ///< By id: 0, a group plus 1, or Shared.
  uint32_t Limit = 0;
  uint64_t SharedBytes = 0;
};

} // namespace retsan

#endif
