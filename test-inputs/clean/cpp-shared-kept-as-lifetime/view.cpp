// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <retsan/annotations.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

class TokenView {
public:
  TokenView(std::shared_ptr<const std::string> text, std::size_t from, std::size_t n)
      : view_(std::string_view(*text).substr(from, n)), keepalive_(std::move(text)) {}
  std::string_view text() const { return view_; }
  bool is(std::string_view s) const { return view_ == s; }

private:
  std::string_view view_;
  std::shared_ptr<const std::string> keepalive_ RETSAN_RETAINED("view_ points into it");
};

std::vector<TokenView> tokenize(std::shared_ptr<const std::string> text) {
  std::vector<TokenView> out;
  std::size_t at = 0;
  while (at < text->size()) {
    std::size_t end = text->find(' ', at);
    if (end == std::string::npos)
      end = text->size();
    if (end > at)
      out.emplace_back(text, at, end - at);
    at = end + 1;
  }
  return out;
}

std::size_t countWord(const std::vector<TokenView> &tokens, std::string_view word) {
  std::size_t n = 0;
  for (const auto &t : tokens)
    n += t.is(word);
  return n;
}

TokenView *firstToken(const std::string &s) {
  auto tokens = tokenize(std::make_shared<const std::string>(s));
  return tokens.empty() ? nullptr : new TokenView(tokens.front());
}
