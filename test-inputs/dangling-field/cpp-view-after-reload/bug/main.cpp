// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <vector>

struct Item {
  std::string title;
  int price = 0;
};

class Catalog {
public:
  void load(const std::vector<std::string> &titles) {
    items_.clear();
    for (const std::string &t : titles) {
      auto item = std::make_unique<Item>();
      item->title = t;
      items_.push_back(std::move(item));
    }
  }
  bool select(std::size_t i) {
    if (i >= items_.size())
      return false;
    current_ = items_[i].get();
    return true;
  }
  std::string show() const { return current_ ? current_->title : ""; }

private:
  std::vector<std::unique_ptr<Item>> items_;
  Item *current_ = nullptr;
};

std::unique_ptr<Catalog> makeCatalog() { return std::make_unique<Catalog>(); }
