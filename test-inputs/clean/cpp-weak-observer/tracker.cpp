// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct View {
  std::string shown;
};

class Model {
public:
  void attach(const std::shared_ptr<View> &v) { views_.push_back(v); }
  void focus(const std::shared_ptr<View> &v) { focus_ = v; }
  void publish(const std::string &s) {
    std::size_t kept = 0;
    for (auto &w : views_)
      if (auto v = w.lock()) {
        v->shown = s;
        views_[kept++] = w;
      }
    views_.resize(kept);
    if (auto v = focus_.lock())
      v->shown += "*";
  }
  std::size_t views() const { return views_.size(); }

private:
  std::vector<std::weak_ptr<View>> views_;
  std::weak_ptr<View> focus_;
};

std::unique_ptr<Model> makeModel() { return std::make_unique<Model>(); }

std::shared_ptr<View> openView(Model &m) {
  auto v = std::make_shared<View>();
  m.attach(v);
  m.focus(v);
  return v;
}
