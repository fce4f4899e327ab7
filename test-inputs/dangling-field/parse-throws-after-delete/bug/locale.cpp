// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

using Table = std::map<std::string, std::string>;

class Locale {
public:
  Locale() = default;
  Locale(const Locale &) = delete;
  Locale &operator=(const Locale &) = delete;
  ~Locale() { delete table_; }
  void load(const std::string &path);
  std::string translate(const std::string &s) const;
  bool loaded() const { return table_ != nullptr; }

private:
  static Table *parse(const std::string &path);
  Table *table_ = nullptr;
};

Table *Locale::parse(const std::string &path) {
  std::ifstream in(path);
  if (!in)
    throw std::runtime_error("cannot open " + path);
  Table *t = new Table;
  std::string line;
  while (std::getline(in, line)) {
    auto eq = line.find('=');
    if (eq != std::string::npos)
      (*t)[line.substr(0, eq)] = line.substr(eq + 1);
  }
  return t;
}

void Locale::load(const std::string &path) {
  if (table_)
    delete table_;
  table_ = parse(path);
}

std::string Locale::translate(const std::string &s) const {
  if (!table_)
    return s;
  auto it = table_->find(s);
  return it == table_->end() ? s : it->second;
}

Locale &locale() {
  static Locale *l = new Locale;
  return *l;
}
