// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "lazy.hpp"
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct Dictionary {
  std::map<std::string, int> ids;
};

class Speller {
public:
  explicit Speller(std::shared_ptr<std::vector<std::string>> words)
      : dict_([words] {
          auto d = std::make_unique<Dictionary>();
          int n = 0;
          for (const auto &w : *words)
            d->ids[w] = ++n;
          return d;
        }) {}
  int id(const std::string &w) {
    auto &ids = dict_.get().ids;
    auto it = ids.find(w);
    return it == ids.end() ? 0 : it->second;
  }
  bool warm() const { return dict_.ready(); }

private:
  Lazy<Dictionary> dict_;
};

int main() {
  auto words = std::make_shared<std::vector<std::string>>();
  words->push_back("ghost");
  words->push_back("slot");
  auto speller = std::make_unique<Speller>(words);
  words.reset();
  std::printf("%d %d\n", speller->id("slot"), speller->id("ghost"));
  return speller->warm() ? 0 : 1;
}
