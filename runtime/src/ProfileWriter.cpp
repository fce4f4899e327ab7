//===- ProfileWriter.cpp - the profile, as it goes to disk ----------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See ProfileWriter.h. The CRC is IEEE 802.3's, four bits at a time: a table of
// 16 words is enough for files of a few kilobytes.
//
//===----------------------------------------------------------------------===//

#include "ProfileWriter.h"
#include "Runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <retsan/abi.h>
#include <retsan/profile_format.h>
#include <string.h>
#include <sys/stat.h>

namespace retsan {

static uint32_t crc32(const char *P, size_t N) {
  static const uint32_t Table[16] = {
      0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
      0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
      0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
  uint32_t C = ~0u;
  for (size_t I = 0; I != N; ++I) {
    C ^= static_cast<unsigned char>(P[I]);
    C = (C >> 4) ^ Table[C & 15];
    C = (C >> 4) ^ Table[C & 15];
  }
  return ~C;
}

static bool isFolder(const char *Path) {
  struct stat St;
  return sysCall(SYS_stat, reinterpret_cast<long>(Path),
                 reinterpret_cast<long>(&St)) == 0 &&
         S_ISDIR(St.st_mode);
}

static long openFile(const char *Name, int Flags) {
  return sysCall(SYS_openat, AT_FDCWD, reinterpret_cast<long>(Name),
                 O_WRONLY | O_CLOEXEC | O_APPEND | Flags, 0644);
}

/// A high number: programs expect that their first file gets the lowest free
/// one.
static int moveUp(long F) {
  long High = sysCall(SYS_fcntl, F, F_DUPFD_CLOEXEC, 1000);
  if (High < 0)
    High = sysCall(SYS_fcntl, F, F_DUPFD_CLOEXEC, 100);
  if (High < 0)
    return static_cast<int>(F);
  sysCall(SYS_close, F);
  return static_cast<int>(High);
}

static bool identify(int Fd, uint64_t &Device, uint64_t &Inode) {
  struct stat St;
  if (sysCall(SYS_fstat, Fd, reinterpret_cast<long>(&St)))
    return false;
  Device = St.st_dev;
  Inode = St.st_ino;
  return true;
}

bool ProfileWriter::isOurs() const {
  uint64_t D, I;
  return identify(Fd, D, I) && D == Device && I == Inode;
}

/// The program closed the file, and perhaps has one of its own there now.
void ProfileWriter::reopen() {
  long F = openFile(Name.str(), 0);
  if (F < 0) {
    Fd = 0;
    return;
  }
  Fd = moveUp(F);
  if (!isOurs())
    close();
}

void ProfileWriter::open(const char *LogPath, int Pid) {
  bool Folder = isFolder(LogPath);
  long F = -EEXIST;
  // The same process may have run another program before.
  for (int Again = 0; F == -EEXIST && Again != 1000; ++Again) {
    Name = Text();
    Name << LogPath << (Folder ? "/retsan." : ".") << Pid;
    if (Again)
      Name << "." << Again;
    Name << ".retsan";
    F = openFile(Name.str(), O_CREAT | O_EXCL);
  }
  if (F < 0) {
    (Text() << "cannot write the profile " << Name.str() << ": error "
            << static_cast<int>(-F))
        .print();
    return;
  }
  // Absolute, should the program change its folder.
  if (Name.str()[0] != '/') {
    char Cwd[512];
    if (sysCall(SYS_getcwd, reinterpret_cast<long>(Cwd), sizeof Cwd) > 0) {
      Text Path;
      Path << Cwd << "/" << Name.str();
      Name = Path;
    }
  }
  Fd = moveUp(F);
  identify(Fd, Device, Inode);
  Records = 0;
  sysCall(SYS_write, Fd, reinterpret_cast<long>(RETSAN_PROFILE_MAGIC), 8);
  Mutex.lock();
  begin(RETSAN_REC_START);
  u32(RETSAN_PROFILE_VERSION)
      .u32(R.Mode ? R.Mode : uint32_t(RETSAN_MODE_HEAP))
      .u64(R.Opts.wall_clock ? static_cast<uint64_t>(Pid) : 0);
  string(R.FindingsId).string(R.Program);
  end();
  Mutex.unlock();
}

void ProfileWriter::close() {
  if (Fd > 0 && isOurs())
    sysCall(SYS_close, Fd);
  Fd = 0;
}

void ProfileWriter::abandon() {
  close();
  GaveUp = false;
  Records = 0;
}

void ProfileWriter::append(const void *P, size_t N) {
  for (size_t I = 0; I != N; ++I)
    Buf.push(static_cast<const char *>(P)[I]);
}

void ProfileWriter::begin(uint32_t Type) {
  Buf.clear();
  uint32_t Head[3] = {Type, 0, 0};
  append(Head, sizeof Head);
}

ProfileWriter &ProfileWriter::u32(uint32_t V) {
  append(&V, sizeof V);
  return *this;
}

ProfileWriter &ProfileWriter::u64(uint64_t V) {
  append(&V, sizeof V);
  return *this;
}

ProfileWriter &ProfileWriter::f64(double V) {
  append(&V, sizeof V);
  return *this;
}

ProfileWriter &ProfileWriter::string(const char *S) {
  if (!S)
    S = "";
  size_t N = stringLength(S);
  u32(static_cast<uint32_t>(N));
  append(S, N);
  return *this;
}

ProfileWriter &ProfileWriter::module(const char *Name, const uint8_t *Id,
                                     uint32_t IdSize) {
  size_t N = stringLength(Name);
  u32(static_cast<uint32_t>(N + (IdSize ? 1 + 2 * IdSize : 0)));
  append(Name, N);
  if (IdSize)
    append("", 1);
  for (uint32_t I = 0; I != IdSize; ++I) {
    append("0123456789abcdef" + (Id[I] >> 4), 1);
    append("0123456789abcdef" + (Id[I] & 15), 1);
  }
  return *this;
}

void ProfileWriter::end() {
  if (Fd > 0 && !isOurs())
    reopen();
  if (Fd <= 0)
    return;
  uint32_t Head[3];
  memcpy(Head, Buf.begin(), sizeof Head);
  Head[1] = static_cast<uint32_t>(Buf.size() - sizeof Head);
  // Over type, length and payload, in that order: the CRC's own place is
  // skipped.
  memcpy(Buf.begin() + 4, &Head[0], 4);
  memcpy(Buf.begin() + 8, &Head[1], 4);
  Head[2] = crc32(Buf.begin() + 4, Buf.size() - 4);
  memcpy(Buf.begin(), Head, sizeof Head);
  size_t Written = 0;
  while (Written != Buf.size()) {
    long N =
        sysCall(SYS_write, Fd, reinterpret_cast<long>(Buf.begin() + Written),
                static_cast<long>(Buf.size() - Written));
    if (N == -EINTR)
      continue;
    if (N <= 0)
      return giveUp(static_cast<int>(-N), Written);
    Written += static_cast<size_t>(N);
  }
  ++Records;
}

/// What is there stays readable: whole records, no footer.
void ProfileWriter::giveUp(int Error, size_t Written) {
  struct stat St;
  if (Written && sysCall(SYS_fstat, Fd, reinterpret_cast<long>(&St)) == 0)
    sysCall(SYS_ftruncate, Fd, St.st_size - static_cast<long>(Written));
  Text Line;
  Line << "cannot write the profile " << Name.str() << ": ";
  if (Error == ENOSPC || Error == EDQUOT)
    Line << "no space left";
  else
    Line << "error " << Error;
  (Line << "; it ends here").print();
  close();
  GaveUp = true;
}

void ProfileWriter::writeNote(const char *S) {
  Mutex.lock();
  begin(RETSAN_REC_NOTE);
  string(S);
  end();
  Mutex.unlock();
}

void ProfileWriter::writeFooter() {
  Mutex.lock();
  uint64_t N = Records;
  begin(RETSAN_REC_FOOTER);
  u64(N);
  end();
  Mutex.unlock();
}

} // namespace retsan
