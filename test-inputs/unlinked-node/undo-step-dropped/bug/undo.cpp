// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>

struct Step {
  std::string text;
  std::shared_ptr<Step> previous;
};

class Undo {
public:
  void record(std::string t) {
    auto s = std::make_shared<Step>();
    s->text = std::move(t);
    s->previous = last_;
    last_ = std::move(s);
  }
  std::shared_ptr<Step> takeLast();
  std::shared_ptr<Step> last() const { return last_; }

private:
  std::shared_ptr<Step> last_;
};

std::shared_ptr<Step> Undo::takeLast() {
  if (!last_)
    return nullptr;
  auto s = last_;
  last_ = last_->previous;
  return s;
}

std::unique_ptr<Undo> makeUndo() { return std::make_unique<Undo>(); }
