// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <string>
#include <utility>

struct Tooltip {
  std::string text;
  std::function<void()> onClose;
  bool visible = false;
};

class Panel {
public:
  Panel() = default;
  Panel(const Panel &) = delete;
  Panel &operator=(const Panel &) = delete;
  ~Panel() { delete tooltip_; }
  void hover(const std::string &text);
  void leave();
  bool showing() const { return tooltip_ && tooltip_->visible; }
  unsigned closed() const { return closed_; }

private:
  void closeTooltip();
  Tooltip *tooltip_ = nullptr;
  unsigned closed_ = 0;
};

void Panel::hover(const std::string &text) {
  if (!tooltip_) {
    tooltip_ = new Tooltip;
    tooltip_->onClose = [this] { ++closed_; };
  }
  tooltip_->text = text;
  tooltip_->visible = true;
}

void Panel::closeTooltip() {
  auto done = std::move(tooltip_->onClose);
  delete tooltip_;
  tooltip_ = nullptr;
  done();
}

void Panel::leave() {
  if (tooltip_ && tooltip_->visible)
    closeTooltip();
}

Panel *makePanel() { return new Panel; }
