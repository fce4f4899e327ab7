// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Scene {
  std::string name;
  unsigned frames = 0;
};

class Director {
public:
  void push(std::unique_ptr<Scene> s);
  void pop();
  void frame();
  std::size_t depth() const { return scenes_.size(); }

private:
  std::vector<std::unique_ptr<Scene>> scenes_;
  Scene *top_ = nullptr;
};

void Director::push(std::unique_ptr<Scene> s) {
  top_ = s.get();
  scenes_.push_back(std::move(s));
}

void Director::pop() {
  if (scenes_.empty())
    return;
  scenes_.pop_back();
  top_ = scenes_.empty() ? nullptr : scenes_.back().get();
}

void Director::frame() {
  if (top_)
    ++top_->frames;
}

std::unique_ptr<Director> makeDirector() { return std::make_unique<Director>(); }
