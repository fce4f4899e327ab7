// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cctype>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

struct Token {
  bool variable;
  std::string text;
};

struct Node {
  bool variable;
  std::string text;
};

class Template {
public:
  explicit Template(const std::string &source);
  std::string render(const std::string &value) const;
  std::size_t size() const { return nodes_.size(); }

private:
  std::unique_ptr<std::vector<Token>> tokens_;
  std::vector<Node> nodes_;
};

static std::vector<Token> lex(const std::string &s) {
  std::vector<Token> out;
  std::string cur;
  bool var = false;
  for (char c : s) {
    if (c == '$' || (var && !std::isalnum(static_cast<unsigned char>(c)))) {
      out.push_back({var, cur});
      cur.clear();
      var = c == '$';
      if (var)
        continue;
    }
    cur.push_back(c);
  }
  out.push_back({var, cur});
  return out;
}

Template::Template(const std::string &source) {
  tokens_ = std::make_unique<std::vector<Token>>(lex(source));
  for (const Token &t : *tokens_)
    if (!t.text.empty())
      nodes_.push_back({t.variable, t.text});
}

std::string Template::render(const std::string &value) const {
  std::ostringstream out;
  for (const Node &n : nodes_)
    out << (n.variable ? value : n.text);
  return out.str();
}

std::unique_ptr<Template> compile(const std::string &s) { return std::make_unique<Template>(s); }
