// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

struct Draft {
  std::string title;
  std::vector<char> attachment;
};

enum class Page { Title, Attachment, Review, Finished };

class Wizard {
public:
  Wizard() : draft_(std::make_shared<Draft>()) {}
  bool next(std::variant<std::string, std::vector<char>> input);
  std::string summary() const;
  Page page() const { return page_; }
  std::shared_ptr<const Draft> preview() const {
    if (page_ == Page::Review)
      return draft_;
    return nullptr;
  }

private:
  Page page_ = Page::Title;
  std::shared_ptr<Draft> draft_;
  std::string submitted_;
};

bool Wizard::next(std::variant<std::string, std::vector<char>> input) {
  switch (page_) {
  case Page::Title:
    if (auto *s = std::get_if<std::string>(&input)) {
      draft_->title = std::move(*s);
      page_ = Page::Attachment;
      return true;
    }
    return false;
  case Page::Attachment:
    if (auto *v = std::get_if<std::vector<char>>(&input)) {
      draft_->attachment = std::move(*v);
      page_ = Page::Review;
      return true;
    }
    return false;
  case Page::Review:
    submitted_ = draft_->title + ":" + std::to_string(draft_->attachment.size());
    page_ = Page::Finished;
    return true;
  case Page::Finished:
    break;
  }
  return false;
}

std::string Wizard::summary() const { return page_ == Page::Finished ? submitted_ : std::string(); }

std::unique_ptr<Wizard> openWizard() { return std::make_unique<Wizard>(); }
