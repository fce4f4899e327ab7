//===- Frames.h - stacks, and where their frames lie ----------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A frame is told as a module and an offset in it; names are given to it by
// another process. Allocation stacks are walked by frame pointers: quick, and
// no lock is taken, but what is compiled without them ends a stack.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_FRAMES_H
#define RETSAN_RUNTIME_FRAMES_H

#include "Sys.h"

namespace retsan {

/// What the linker called a build of a file; empty if it did not.
struct BuildId {
  static constexpr uint32_t Max = 32;
  uint8_t Bytes[Max];
  uint32_t Size = 0;
};

struct FrameName {
  const char *Module = "";
  uint64_t Offset;
  BuildId Build; ///< Of the module: the file may be another one later.
  /// The loader's lock is not taken, unlike by dladdr: another thread may hold
  /// it and wait for ours.
  explicit FrameName(uint64_t Pc);
};

/// A module is unloaded: what addresses in [Begin, End) were in it is
/// remembered, since another module may be there next. Returns the number by
/// which it is, plus 1; 0 if that is not known.
uint32_t rememberModule(uint64_t Begin, uint64_t End);
/// Stands for \p Pc of the module that rememberModule() numbered.
inline uint64_t goneAddress(uint32_t Number, uint64_t Pc) {
  return uint64_t(1) << 63 | uint64_t(Number) << 47 | Pc;
}

class ProfileWriter;
/// As RETSAN_REC_TRAP has a stack.
void writeFrames(ProfileWriter &W, const uint64_t *Pcs, uint32_t Count);

/// Remembers the program's own file, whose entry in the loader's list has no
/// name.
void learnProgramName();

/// Return addresses from the frame at \p Frame on, at most \p Max; the first is
/// where the function of that frame returns to.
uint32_t walkFrames(const void *Frame, uint64_t *Pcs, uint32_t Max);

} // namespace retsan

#endif
