// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstring>
#include <memory>
#include <string>

class Header {
public:
  void feed(const char *bytes, std::size_t n);
  bool mark(std::size_t at);
  std::size_t valueLength() const { return value_ ? std::strlen(value_) : 0; }
  void forget() { value_ = nullptr; }

private:
  std::string raw_;
  const char *value_ = nullptr;
};

void Header::feed(const char *bytes, std::size_t n) {
  raw_.append(bytes, n);
}

bool Header::mark(std::size_t at) {
  if (at >= raw_.size())
    return false;
  value_ = raw_.c_str() + at;
  return true;
}

std::unique_ptr<Header> makeHeader() { return std::make_unique<Header>(); }
