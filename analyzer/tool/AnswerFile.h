//===- AnswerFile.h - answers of the solver between two scans -------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One file for each scanned root, in the folder of the facts' cache: what the
// solver said of each subject, under a hash of all that it depends on. It is
// read whole when a scan starts and replaced whole when the scan has something
// new, so a scan that dies or two scans at once lose answers at worst. A
// damaged file is as good as none.
//
//===----------------------------------------------------------------------===//

#ifndef RETSAN_ANALYZER_TOOL_ANSWERFILE_H
#define RETSAN_ANALYZER_TOOL_ANSWERFILE_H

#include "analyzer/solve/Solve.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <mutex>

namespace retsan::tool {

class AnswerFile : public solve::AnswerStore {
public:
  /// No file when \p Dir is empty.
  AnswerFile(llvm::StringRef Dir, llvm::StringRef Root);

  bool find(uint64_t Key, std::string &Data) override;
  void keep(uint64_t Key, std::string Data) override;
  /// Writes the file if there is something new. What was not asked for stays
  /// until the file is too big.
  void close();
  unsigned hits() const { return Hits; }

private:
  struct Entry {
    llvm::StringRef Data;
    uint64_t Used = 0; ///< Number of the scan that used it last.
  };
  void load();

  std::string File;
  std::unique_ptr<llvm::MemoryBuffer> Buffer;
  llvm::DenseMap<uint64_t, Entry> Old;
  uint64_t Scan = 1;
  std::mutex Lock; ///< Guards what follows, and Old's numbers.
  std::vector<std::pair<uint64_t, std::string>> New;
  unsigned Hits = 0;
};

} // namespace retsan::tool

#endif
