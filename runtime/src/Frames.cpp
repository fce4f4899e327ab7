//===- Frames.cpp - stacks, and where their frames lie --------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A chain of frame pointers that was broken by code without them may lead
// anywhere, so it is followed only within the mapping that the stack pointer is
// in. Which one that is, a thread asks the kernel once, and again if it is
// found on another stack.
//
//===----------------------------------------------------------------------===//

#include "Frames.h"
#include "Runtime.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>

namespace retsan {

static char Program[512];

void learnProgramName() {
  if (!*Program)
    sysCall(SYS_readlink, reinterpret_cast<long>("/proc/self/exe"),
            reinterpret_cast<long>(Program), sizeof Program - 1);
}

static const char *nameOf(const link_map *L) {
  return L->l_name && *L->l_name ? L->l_name : Program;
}

/// Looks for the note in a loaded file, whose head is the first that is mapped.
static BuildId buildOf(const dl_find_object &Found) {
  BuildId Out;
  auto Begin = reinterpret_cast<uint64_t>(Found.dlfo_map_start);
  auto End = reinterpret_cast<uint64_t>(Found.dlfo_map_end);
  auto *Head = reinterpret_cast<const Elf64_Ehdr *>(Begin);
  if (End - Begin < sizeof *Head || memcmp(Head->e_ident, ELFMAG, SELFMAG) ||
      Head->e_phoff > 4096 ||
      Head->e_phoff + Head->e_phnum * sizeof(Elf64_Phdr) > End - Begin)
    return Out;
  auto *Parts = reinterpret_cast<const Elf64_Phdr *>(Begin + Head->e_phoff);
  for (uint32_t N = 0; N != Head->e_phnum; ++N) {
    if (Parts[N].p_type != PT_NOTE)
      continue;
    uint64_t At = Found.dlfo_link_map->l_addr + Parts[N].p_vaddr;
    uint64_t Last = At + Parts[N].p_memsz;
    if (At < Begin || Last > End)
      continue;
    while (At + sizeof(Elf64_Nhdr) <= Last) {
      auto *Note = reinterpret_cast<const Elf64_Nhdr *>(At);
      uint64_t Name = At + sizeof *Note;
      uint64_t Data = Name + ((Note->n_namesz + 3) & ~uint64_t(3));
      At = Data + ((Note->n_descsz + 3) & ~uint64_t(3));
      if (At > Last)
        break;
      if (Note->n_type != NT_GNU_BUILD_ID || Note->n_namesz != 4 ||
          memcmp(reinterpret_cast<const char *>(Name), "GNU", 4) ||
          Note->n_descsz > BuildId::Max)
        continue;
      Out.Size = Note->n_descsz;
      memcpy(Out.Bytes, reinterpret_cast<const void *>(Data), Out.Size);
      return Out;
    }
  }
  return Out;
}

namespace {
struct GoneModule {
  const char *Name;
  uint64_t Bias;
  BuildId Build;
};
} // namespace
static MapVector<GoneModule> Gone; ///< Under FieldTable::Mutex.

uint32_t rememberModule(uint64_t Begin, uint64_t End) {
  dl_find_object Found;
  if (Gone.size() == 0x7fff ||
      _dl_find_object(reinterpret_cast<void *>(Begin), &Found))
    return 0;
  const link_map *L = Found.dlfo_link_map;
  if (reinterpret_cast<uint64_t>(Found.dlfo_map_end) < End)
    return 0;
  const char *Name = R.Strings.copyString(nameOf(L));
  return Name && Gone.push({Name, L->l_addr, buildOf(Found)})
             ? static_cast<uint32_t>(Gone.size())
             : 0;
}

FrameName::FrameName(uint64_t Pc) : Offset(Pc) {
  if (Pc >> 63) {
    const GoneModule &G = Gone[(Pc >> 47 & 0xffff) - 1];
    Module = G.Name;
    Build = G.Build;
    Offset = (Pc & ((uint64_t(1) << 47) - 1)) - G.Bias;
    return;
  }
  dl_find_object Found;
  if (_dl_find_object(reinterpret_cast<void *>(Pc), &Found))
    return;
  const link_map *L = Found.dlfo_link_map;
  Module = nameOf(L);
  Build = buildOf(Found);
  Offset -= L->l_addr;
}

void writeFrames(ProfileWriter &W, const uint64_t *Pcs, uint32_t Count) {
  W.u32(Count);
  for (uint32_t N = 0; N != Count; ++N) {
    FrameName F(Pcs[N]);
    W.module(F.Module, F.Build.Bytes, F.Build.Size).u64(F.Offset);
  }
}

static uint64_t readHex(const char *&P) {
  uint64_t V = 0;
  for (;; ++P)
    if (*P >= '0' && *P <= '9')
      V = V * 16 + static_cast<uint64_t>(*P - '0');
    else if (*P >= 'a' && *P <= 'f')
      V = V * 16 + static_cast<uint64_t>(*P - 'a' + 10);
    else
      return V;
}

/// Sets T.StackBegin and T.StackEnd to the mapping of \p Sp.
static void findStack(ThreadState &T, uint64_t Sp) {
  // A program that changes stacks all the time (coroutines) gets none.
  if (T.StacksFound == 64)
    return;
  ++T.StacksFound;
  MapVector<char> Buf;
  T.StackBegin = T.StackEnd = 0;
  if (readFile("/proc/thread-self/maps", Buf) && Buf.push(0))
    for (const char *P = Buf.begin(); *P;) {
      uint64_t Begin = readHex(P);
      ++P;
      uint64_t End = readHex(P);
      if (Sp >= Begin && Sp < End) {
        T.StackBegin = Begin;
        T.StackEnd = End;
        break;
      }
      while (*P && *P++ != '\n')
        ;
    }
  Buf.release();
}

uint32_t walkFrames(const void *Frame, uint64_t *Pcs, uint32_t Max) {
  ThreadState &T = thread();
  auto At = reinterpret_cast<uint64_t>(Frame);
  // The main thread's stack grows downwards from where it was found.
  if (RETSAN_UNLIKELY(At < T.StackBegin) && T.StackBegin - At < (8u << 20) &&
      R.MainStackTop > T.StackBegin && R.MainStackTop <= T.StackEnd)
    T.StackBegin = At;
  if (RETSAN_UNLIKELY(At >= T.StackEnd || At < T.StackBegin)) {
    findStack(T, At);
    if (At >= T.StackEnd || At < T.StackBegin)
      return 0;
  }
  uint32_t Count = 0;
  while (Count != Max && !(At & 7) && At + 16 <= T.StackEnd) {
    auto *Words = reinterpret_cast<const uint64_t *>(At);
    if (Words[1] < 4096)
      break;
    Pcs[Count++] = Words[1];
    if (Words[0] <= At)
      break;
    At = Words[0];
  }
  return Count;
}

} // namespace retsan
