//===- Retained.cpp - what each root alone retains ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See Retained.h. Files of modules are mapped, not read: the symbol table of a
// large program is seldom looked at as a whole.
//
//===----------------------------------------------------------------------===//

#include "Retained.h"

#include <elf.h>
#include <fcntl.h>
#include <retsan/profile_format.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace retsan {

/// Heapsort: in place, no recursion. \p Less orders two elements.
template <typename T, typename Fn> static void sort(MapVector<T> &V, Fn Less) {
  size_t N = V.size();
  auto Swap = [&](size_t A, size_t B) {
    T X = V[A];
    V[A] = V[B];
    V[B] = X;
  };
  auto Sift = [&](size_t At, size_t End) {
    for (size_t Child; (Child = 2 * At + 1) < End; At = Child) {
      if (Child + 1 < End && Less(V[Child], V[Child + 1]))
        ++Child;
      if (!Less(V[At], V[Child]))
        return;
      Swap(At, Child);
    }
  };
  for (size_t I = N / 2; I-- != 0;)
    Sift(I, N);
  for (size_t I = N; I > 1; --I) {
    Swap(0, I - 1);
    Sift(0, I - 1);
  }
}

//===----------------------------------------------------------------------===//
// Modules and their symbols
//===----------------------------------------------------------------------===//

/// Names outlive the module and the thread; each is kept once.
const char *Retained::intern(const char *Name) {
  for (const char *Known : R.RootNames)
    if (!compareStrings(Known, Name))
      return Known;
  const char *Copy = R.Strings.copyString(Name);
  return Copy && R.RootNames.push(Copy) ? Copy : "";
}

int Retained::visit(dl_phdr_info *Info, size_t, void *Arg) {
  auto *This = static_cast<Retained *>(Arg);
  uint64_t Begin = ~uint64_t(0), End = 0;
  for (int I = 0; I != Info->dlpi_phnum; ++I) {
    const auto &Ph = Info->dlpi_phdr[I];
    if (Ph.p_type != PT_LOAD || !(Ph.p_flags & PF_W))
      continue;
    uint64_t B = Info->dlpi_addr + Ph.p_vaddr;
    Begin = B < Begin ? B : Begin;
    End = B + Ph.p_memsz > End ? B + Ph.p_memsz : End;
  }
  if (Begin < End)
    This->addModule(Info->dlpi_name, Info->dlpi_addr, Begin, End);
  return 0;
}

void Retained::addModule(const char *Name, uint64_t Base, uint64_t Begin,
                         uint64_t End) {
  // The program itself, which comes first, has no name in the list.
  bool IsProgram = !Name || !*Name;
  Module M = {
      intern(IsProgram ? R.Program : Name), Base, Begin, End, nullptr, 0};
  const char *Path = IsProgram ? "/proc/self/exe" : Name;
  long Fd = sysCall(SYS_openat, AT_FDCWD, reinterpret_cast<long>(Path),
                    O_RDONLY | O_CLOEXEC);
  if (Fd >= 0) {
    struct stat St;
    if (sysCall(SYS_fstat, Fd, reinterpret_cast<long>(&St)) == 0 &&
        St.st_size > 0) {
      long P = sysCall(SYS_mmap, 0, St.st_size, PROT_READ, MAP_PRIVATE, Fd, 0);
      if (P > 0 || P < -4096) {
        M.Map = reinterpret_cast<const char *>(P);
        M.MapSize = static_cast<uint64_t>(St.st_size);
      }
    }
    sysCall(SYS_close, Fd);
  }
  if (M.Map)
    readSymbols(M);
  Modules.push(M);
}

void Retained::readModules() {
  dl_iterate_phdr(visit, this);
  sort(Symbols, [](const Symbol &A, const Symbol &B) {
    return A.Begin != B.Begin ? A.Begin < B.Begin : A.End < B.End;
  });
}

/// Takes the data symbols of .symtab, or of .dynsym where that was stripped.
void Retained::readSymbols(Module &M) {
  auto Fits = [&](uint64_t Offset, uint64_t Size) {
    return Offset <= M.MapSize && Size <= M.MapSize - Offset;
  };
  if (M.MapSize < sizeof(Elf64_Ehdr) || memcmp(M.Map, ELFMAG, SELFMAG))
    return;
  auto *Head = reinterpret_cast<const Elf64_Ehdr *>(M.Map);
  uint64_t Count = Head->e_shnum;
  if (Head->e_shentsize != sizeof(Elf64_Shdr) ||
      !Fits(Head->e_shoff, Count * sizeof(Elf64_Shdr)))
    return;
  auto *Sections = reinterpret_cast<const Elf64_Shdr *>(M.Map + Head->e_shoff);
  const Elf64_Shdr *Table = nullptr;
  for (uint64_t I = 0; I != Count; ++I)
    if (Sections[I].sh_type == SHT_SYMTAB ||
        (Sections[I].sh_type == SHT_DYNSYM && !Table))
      Table = &Sections[I];
  if (!Table || Table->sh_link >= Count ||
      !Fits(Table->sh_offset, Table->sh_size))
    return;
  const Elf64_Shdr &Text = Sections[Table->sh_link];
  if (!Fits(Text.sh_offset, Text.sh_size) || !Text.sh_size ||
      M.Map[Text.sh_offset + Text.sh_size - 1])
    return;
  auto *Syms = reinterpret_cast<const Elf64_Sym *>(M.Map + Table->sh_offset);
  for (uint64_t I = 0; I != Table->sh_size / sizeof(Elf64_Sym); ++I) {
    const Elf64_Sym &S = Syms[I];
    uint64_t Begin = M.Base + S.st_value;
    if (ELF64_ST_TYPE(S.st_info) != STT_OBJECT || S.st_shndx == SHN_UNDEF ||
        !S.st_size || Begin < M.Begin || Begin >= M.End ||
        S.st_name >= Text.sh_size)
      continue;
    Symbols.push(
        {Begin, Begin + S.st_size, M.Map + Text.sh_offset + S.st_name});
  }
}

//===----------------------------------------------------------------------===//
// Roots
//===----------------------------------------------------------------------===//

uint32_t Retained::addGroup(uint32_t Kind, uint32_t Module, const char *Name) {
  Groups.push({Kind, Module, Name, 0, 0});
  return static_cast<uint32_t>(Groups.size() - 1);
}

void Retained::addThread(int Tid) {
  Text Path, Name;
  Path << "/proc/self/task/" << Tid << "/comm";
  MapVector<char> Buf;
  if (readFile(Path.str(), Buf) && Buf.size()) {
    Buf[Buf.size() - 1] = 0; // a newline
    Name << Buf.begin() << " ";
  }
  Buf.release();
  // The number differs from run to run, except that there is a first thread.
  if (Tid == R.Pid)
    Name << "(main thread)";
  else
    Name << "(thread " << Tid << ")";
  addGroup(RETSAN_ROOT_THREAD, NoModule, intern(Name.str()));
}

void Retained::addRange(uint64_t Begin, uint64_t End) {
  Roots.push({Begin, End, static_cast<uint32_t>(Groups.size() - 1)});
}

/// One group for each symbol, one for what lies between them.
void Retained::addGlobals(uint32_t ModuleIndex, uint64_t Begin, uint64_t End) {
  size_t Lo = 0, Hi = Symbols.size();
  while (Lo != Hi) {
    size_t Mid = (Lo + Hi) / 2;
    if (Symbols[Mid].Begin < Begin)
      Lo = Mid + 1;
    else
      Hi = Mid;
  }
  uint32_t Rest = ~0u;
  auto Gap = [&](uint64_t To) {
    if (Begin + 8 > To)
      return;
    if (Rest == ~0u)
      Rest = addGroup(RETSAN_ROOT_GLOBAL, ModuleIndex, "(without a symbol)");
    Roots.push({Begin, To, Rest});
  };
  for (; Lo != Symbols.size() && Symbols[Lo].Begin < End; ++Lo) {
    const Symbol &S = Symbols[Lo];
    if (S.End <= Begin) // an alias of one that we had
      continue;
    Gap(S.Begin);
    Roots.push({S.Begin > Begin ? S.Begin : Begin, S.End,
                addGroup(RETSAN_ROOT_GLOBAL, ModuleIndex, S.Name)});
    Begin = S.End;
  }
  Gap(End);
}

//===----------------------------------------------------------------------===//
// The walk
//===----------------------------------------------------------------------===//

template <typename Fn>
void Retained::eachWord(const Marker &M, uint64_t Begin, uint64_t End, Fn F) {
  M.forReadable(Begin, End, [&](uint64_t B, uint64_t E) {
    for (B = (B + 7) & ~uint64_t(7); B + 8 <= E; B += 8)
      F(*reinterpret_cast<const uint64_t *>(B));
  });
}

void Retained::reach(uint64_t Word, uint32_t Label) {
  uint32_t Id = R.Heap.find(Word);
  if (!Id || Id >= Limit || Labels[Id] == Label || Labels[Id] == Shared)
    return;
  Labels[Id] = Labels[Id] ? Shared : Label;
  Stack.push({Id, Labels[Id]});
}

void Retained::drain(const Marker &M) {
  while (!Stack.empty()) {
    Work W = Stack.pop();
    // It became shared since: that one is on the stack too.
    if (Labels[W.Id] != W.Label)
      continue;
    uint64_t Start = R.Heap.startOf(W.Id);
    eachWord(M, Start, Start + R.Heap.sizeOf(W.Id),
             [&](uint64_t Word) { reach(Word, W.Label); });
  }
}

void Retained::label(const Marker &M, bool ByModule) {
  memset(Labels, 0, Limit * sizeof(uint32_t));
  // Labels of modules come after those of groups.
  uint32_t FirstModule = static_cast<uint32_t>(Groups.size()) + 1;
  for (const Root &Rt : Roots) {
    const Group &G = Groups[Rt.Group];
    uint32_t Label = Rt.Group + 1;
    if (ByModule && G.Module != NoModule)
      Label = FirstModule + G.Module;
    if (Rt.End == 0)
      reach(Rt.Begin, Label);
    else
      eachWord(M, Rt.Begin, Rt.End, [&](uint64_t Word) { reach(Word, Label); });
    drain(M);
  }
}

void Retained::run(const Marker &M, const Range (&Holes)[NumHoles]) {
  Limit = R.Heap.limit();
  Labels = static_cast<uint32_t *>(mapMemory(size_t(Limit) * sizeof(uint32_t)));
  if (!Labels)
    return;
  for (uint32_t I = 0; I != Modules.size(); ++I) {
    uint64_t Begin = Modules[I].Begin;
    // Holes lie in increasing order only by chance: take the lower one first.
    for (unsigned Pass = 0; Pass != NumHoles; ++Pass) {
      const Range *Next = nullptr;
      for (const Range &H : Holes)
        if (H.Begin >= Begin && H.End <= Modules[I].End && H.Begin != H.End &&
            (!Next || H.Begin < Next->Begin))
          Next = &H;
      if (!Next)
        break;
      addGlobals(I, Begin, Next->Begin);
      Begin = Next->End;
    }
    addGlobals(I, Begin, Modules[I].End);
  }
  size_t NumGroups = Groups.size();
  label(M, true);
  MapVector<Group> Whole;
  for (uint32_t I = 0; I != Modules.size(); ++I)
    Whole.push({RETSAN_ROOT_MODULE, I, Modules[I].Name, 0, 0});
  for (uint32_t Id = 1; Id < Limit; ++Id)
    if (Labels[Id] > NumGroups && Labels[Id] != Shared &&
        R.Heap.state(Id) == AllocState::Live) {
      Group &G = Whole[Labels[Id] - NumGroups - 1];
      G.Bytes += R.Heap.sizeOf(Id);
      ++G.Objects;
    }
  label(M, false);
  for (uint32_t Id = 1; Id < Limit; ++Id) {
    if (!Labels[Id] || R.Heap.state(Id) != AllocState::Live)
      continue;
    if (Labels[Id] == Shared) {
      SharedBytes += R.Heap.sizeOf(Id);
      continue;
    }
    Group &G = Groups[Labels[Id] - 1];
    G.Bytes += R.Heap.sizeOf(Id);
    ++G.Objects;
  }
  for (const Group &G : Whole)
    Groups.push(G);
  Whole.release();
}

//===----------------------------------------------------------------------===//
// The result
//===----------------------------------------------------------------------===//

void Retained::write(ProfileWriter &W) {
  constexpr uint32_t MaxRows = 1000;
  MapVector<Group> Rows;
  for (const Group &G : Groups)
    if (G.Objects)
      Rows.push(G);
  sort(Rows, [](const Group &A, const Group &B) { return A.Bytes > B.Bytes; });
  W.Mutex.lock();
  W.begin(RETSAN_REC_ROOTS);
  W.u64(SharedBytes);
  uint32_t Count =
      Rows.size() < MaxRows ? static_cast<uint32_t>(Rows.size()) : MaxRows;
  W.u32(Count);
  for (uint32_t I = 0; I != Count; ++I) {
    const Group &G = Rows[I];
    W.u32(G.Kind).string(G.Name);
    W.string(G.Module == NoModule ? "" : Modules[G.Module].Name);
    W.u64(G.Bytes).u64(G.Objects);
  }
  W.end();
  W.Mutex.unlock();
  Rows.release();
}

const char *Retained::largest(uint64_t &Bytes) const {
  const char *Name = "";
  Bytes = 0;
  for (size_t I = 0; I != Groups.size(); ++I)
    if (Groups[I].Kind != RETSAN_ROOT_MODULE && Groups[I].Bytes > Bytes) {
      Bytes = Groups[I].Bytes;
      Name = Groups[I].Name;
    }
  return Name;
}

void Retained::release() {
  for (const Module &M : Modules)
    if (M.Map)
      unmapMemory(const_cast<char *>(M.Map), M.MapSize);
  if (Labels)
    unmapMemory(Labels, size_t(Limit) * sizeof(uint32_t));
  Modules.release();
  Symbols.release();
  Groups.release();
  Roots.release();
  Stack.release();
}

} // namespace retsan
