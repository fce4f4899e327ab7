// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ed {
struct Document {
  std::string name;
  std::vector<std::string> lines;
  bool dirty = false;
  void insert(char c);
};

class Workspace {
public:
  Document &open(const std::string &name);
  bool focus(const std::string &name);
  void type(char c);
  std::size_t closeAll(bool keepDirty);
  std::size_t count() const { return docs_.size(); }

private:
  std::map<std::string, std::unique_ptr<Document>> docs_;
  Document *current_ = nullptr;
  std::size_t keys_ = 0;
};
} // namespace ed
