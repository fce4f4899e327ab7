// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "script.hpp"
#include <utility>
#include <vector>

struct Op {
  char code;
  long arg;
};

struct Script::Impl {
  std::unique_ptr<std::string> source;
  std::vector<Op> ops;
  bool compiled = false;
};

Script::Script(const std::string &source) : impl_(std::make_unique<Impl>()) {
  impl_->source = std::make_unique<std::string>(source);
}

Script::~Script() = default;

bool Script::compile() {
  Impl &i = *impl_;
  if (i.compiled)
    return true;
  std::vector<Op> ops;
  const std::string &text = *i.source;
  for (std::size_t p = 0; p < text.size(); ++p) {
    char c = text[p];
    if (c != '+' && c != '-' && c != '*')
      return false;
    std::size_t end = p + 1;
    long v = 0;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
      v = v * 10 + (text[end++] - '0');
    ops.push_back({c, v});
    p = end - 1;
  }
  i.ops = std::move(ops);
  i.compiled = true;
  return true;
}

long Script::run(long x) const {
  if (!impl_->compiled)
    return x;
  for (const Op &op : impl_->ops)
    x = op.code == '+' ? x + op.arg : op.code == '-' ? x - op.arg : x * op.arg;
  return x;
}

int Script::lines() const { return static_cast<int>(impl_->ops.size()); }
