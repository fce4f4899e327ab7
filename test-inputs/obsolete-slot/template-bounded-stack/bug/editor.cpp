// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "bounded.hpp"
#include <memory>
#include <string>

class Editor {
public:
  void edit(std::string s) {
    undo_.push(text_);
    text_ = std::make_shared<std::string>(std::move(s));
  }
  void undo() {
    if (undo_.size())
      text_ = undo_.pop();
  }
  const std::string &text() const { return *text_; }

private:
  std::shared_ptr<std::string> text_ = std::make_shared<std::string>();
  Bounded<std::shared_ptr<std::string>, 32> undo_;
};

std::unique_ptr<Editor> makeEditor() { return std::make_unique<Editor>(); }
