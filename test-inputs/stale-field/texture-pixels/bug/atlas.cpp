// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "texture.hpp"
#include <memory>
#include <vector>

class Atlas {
public:
  Texture &add(std::size_t w, std::size_t h) {
    pages_.push_back(std::make_unique<Texture>(w, h));
    return *pages_.back();
  }
  bool uploadAll(Device &d) {
    bool ok = true;
    for (auto &p : pages_)
      ok = p->upload(d) && ok;
    return ok;
  }
  void draw(Device &d) const {
    for (const auto &p : pages_)
      p->bind(d);
  }

private:
  std::vector<std::unique_ptr<Texture>> pages_;
};

std::unique_ptr<Atlas> makeAtlas() { return std::make_unique<Atlas>(); }
