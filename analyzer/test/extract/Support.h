//===- Support.h - facts of a snippet -------------------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TEST_EXTRACT_SUPPORT_H
#define RETSAN_ANALYZER_TEST_EXTRACT_SUPPORT_H

#include "analyzer/extract/Extract.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/VirtualFileSystem.h"
#include "gtest/gtest.h"

namespace retsan::test {

inline llvm::Expected<facts::Unit>
tryExtract(llvm::StringRef Code, llvm::StringRef File,
           std::vector<std::string> Flags = {}) {
  auto Memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  Memory->setCurrentWorkingDirectory("/");
  Memory->addFile(File, 0, llvm::MemoryBuffer::getMemBufferCopy(Code));
  auto Overlay = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(
      llvm::vfs::createPhysicalFileSystem());
  Overlay->pushOverlay(Memory);
  extract::Command C = extract::makeCommand(File, Flags);
  C.Directory = "/";
  C.File = File.str();
  C.Args.back() = C.File;
  return extract::extractUnit(C, Overlay);
}

/// Facts of \p Code, which must compile; they pass through the file format.
inline facts::Unit extractCode(llvm::StringRef Code, llvm::StringRef File,
                               std::vector<std::string> Flags = {}) {
  auto U = tryExtract(Code, File, std::move(Flags));
  if (!U) {
    ADD_FAILURE() << llvm::toString(U.takeError());
    return {};
  }
  auto Again = facts::read(facts::write(*U), "snippet");
  if (!Again) {
    ADD_FAILURE() << llvm::toString(Again.takeError());
    return {};
  }
  return std::move(*Again);
}

inline facts::Unit extractC(llvm::StringRef Code) {
  return extractCode(Code, "/src/lib/a.c");
}
inline facts::Unit extractCxx(llvm::StringRef Code) {
  return extractCode(Code, "/src/lib/a.cpp", {"-std=c++20"});
}

/// The listing of function \p Name, without locations and indentation.
inline std::string listing(const facts::Unit &U, llvm::StringRef Name) {
  std::string Text = facts::print(U);
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  llvm::StringRef(Text).split(Lines, '\n');
  std::string Out;
  bool In = false;
  for (llvm::StringRef Line : Lines) {
    if (Line.starts_with("function "))
      In = Line.drop_front(9).starts_with((Name + "(").str());
    else if (In && !Line.empty() && !Line.starts_with("  usr "))
      Out += Line.split(" ; ").first.trim().str() + "\n";
  }
  return Out;
}

/// The lines of \p Text that hold \p Part, in order.
inline std::string linesWith(const std::string &Text, llvm::StringRef Part) {
  llvm::SmallVector<llvm::StringRef, 0> Lines;
  llvm::StringRef(Text).split(Lines, '\n');
  std::string Out;
  for (llvm::StringRef Line : Lines)
    if (Line.contains(Part))
      Out += Line.str() + "\n";
  return Out;
}

inline size_t count(const std::string &Text, llvm::StringRef Part) {
  return llvm::StringRef(Text).count(Part);
}

} // namespace retsan::test

#define EXPECT_HAS(Text, Part)                                                 \
  EXPECT_TRUE(llvm::StringRef(Text).contains(Part))                            \
      << "no \"" << (Part) << "\" in:\n"                                       \
      << (Text)
#define EXPECT_LACKS(Text, Part)                                               \
  EXPECT_FALSE(llvm::StringRef(Text).contains(Part))                           \
      << "\"" << (Part) << "\" in:\n"                                          \
      << (Text)

#endif
