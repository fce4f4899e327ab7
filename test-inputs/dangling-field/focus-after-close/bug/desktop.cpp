// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

class Window {
public:
  explicit Window(int id) : id_(id) {}
  int id() const { return id_; }
  void key(char c) { text_ += c; }

private:
  int id_;
  std::string text_;
};

class Desktop {
public:
  Window &open(int id);
  void close(int id);
  bool key(char c);
  bool raise(int id);

private:
  std::vector<std::unique_ptr<Window>> windows_;
  Window *focus_ = nullptr;
};

Window &Desktop::open(int id) {
  windows_.push_back(std::make_unique<Window>(id));
  focus_ = windows_.back().get();
  return *focus_;
}

bool Desktop::raise(int id) {
  for (auto &w : windows_)
    if (w->id() == id) {
      focus_ = w.get();
      return true;
    }
  return false;
}

void Desktop::close(int id) {
  windows_.erase(std::remove_if(windows_.begin(), windows_.end(), [id](const auto &w) { return w->id() == id; }),
                 windows_.end());
}

bool Desktop::key(char c) {
  if (!focus_)
    return false;
  focus_->key(c);
  return true;
}

std::unique_ptr<Desktop> makeDesktop() { return std::make_unique<Desktop>(); }
