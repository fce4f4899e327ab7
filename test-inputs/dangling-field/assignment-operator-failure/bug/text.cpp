// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstdlib>
#include <cstring>

class Text {
public:
  Text() = default;
  explicit Text(const char *s) { assign(s); }
  Text(const Text &) = delete;
  Text &operator=(const Text &) = delete;
  ~Text() { std::free(s_); }
  bool assign(const char *s);
  bool append(const char *s);
  const char *c_str() const { return s_ ? s_ : ""; }
  std::size_t size() const { return n_; }
  static constexpr std::size_t Max = 1u << 16;

private:
  char *s_ = nullptr;
  std::size_t n_ = 0;
};

bool Text::assign(const char *s) {
  std::size_t n = std::strlen(s);
  if (s_)
    std::free(s_);
  if (n > Max)
    return false;
  s_ = static_cast<char *>(std::malloc(n + 1));
  if (!s_)
    return false;
  std::memcpy(s_, s, n + 1);
  n_ = n;
  return true;
}

bool Text::append(const char *s) {
  std::size_t more = std::strlen(s);
  if (n_ + more > Max)
    return false;
  char *bigger = static_cast<char *>(std::realloc(s_, n_ + more + 1));
  if (!bigger)
    return false;
  std::memcpy(bigger + n_, s, more + 1);
  s_ = bigger;
  n_ += more;
  return true;
}

Text *newText(const char *s) { return new Text(s); }
