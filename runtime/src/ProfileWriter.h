//===- ProfileWriter.h - the profile, as it goes to disk ------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Records of retsan/profile_format.h are built in mapped memory and appended to
// the file by one write each, so that a crash leaves whole records. Nothing is
// created without `log_path`.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_RUNTIME_PROFILEWRITER_H
#define RETSAN_RUNTIME_PROFILEWRITER_H

#include "Sys.h"

namespace retsan {

class ProfileWriter {
public:
  /// Creates the file and writes START. Says on stderr what fails, once.
  void open(const char *LogPath, int Pid);
  bool isOpen() const { return Fd > 0; }
  /// A write failed: what is there stays, and no other file is begun.
  bool gaveUp() const { return GaveUp; }
  void close();
  /// In the child after fork: the file belongs to the parent.
  void abandon();

  void begin(uint32_t Type);
  ProfileWriter &u32(uint32_t V);
  ProfileWriter &u64(uint64_t V);
  ProfileWriter &f64(double V);
  ProfileWriter &string(const char *S);
  /// A string, and if there is one the build id behind a byte of zero, in hex.
  ProfileWriter &module(const char *Name, const uint8_t *Id, uint32_t IdSize);
  void end();

  uint64_t records() const { return Records; }
  /// Another process wrote so many to the same file.
  void addRecords(uint64_t Count) { Records += Count; }

  void writeNote(const char *S);
  void writeFooter();

  Lock Mutex; ///< Held over begin() ... end().

private:
  void append(const void *P, size_t N);
  bool create();
  bool isOurs() const;
  void reopen();
  void giveUp(int Error, size_t Written);
  int Fd = 0;
  bool GaveUp = false;
  uint64_t Device = 0, Inode = 0; ///< Of the file behind Fd.
  Text Name;
  uint64_t Records = 0;
  MapVector<char> Buf;
};

} // namespace retsan

#endif
