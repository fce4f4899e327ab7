// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <memory>
#include <string>
class Script {
public:
  explicit Script(const std::string &source);
  ~Script();
  Script(const Script &) = delete;
  Script &operator=(const Script &) = delete;
  bool compile();
  long run(long input) const;
  int lines() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
