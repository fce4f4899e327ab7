// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Document {
  std::string name;
  std::string text;
  bool dirty = false;
};

class Editor {
public:
  Document *open(std::string name);
  void activate(std::size_t i);
  std::string activeName() const;
  void type(const std::string &s);
  void closeAll();
  std::size_t count() const { return docs_.size(); }
  bool unsaved() const;

private:
  std::vector<std::unique_ptr<Document>> docs_;
  Document *active_ = nullptr;
};

Document *Editor::open(std::string name) {
  auto doc = std::make_unique<Document>();
  doc->name = std::move(name);
  active_ = doc.get();
  docs_.push_back(std::move(doc));
  return active_;
}

void Editor::activate(std::size_t i) {
  if (i < docs_.size())
    active_ = docs_[i].get();
}

std::string Editor::activeName() const {
  return active_ ? active_->name : std::string("(none)");
}

void Editor::type(const std::string &s) {
  if (!active_)
    return;
  active_->text += s;
  active_->dirty = true;
}

void Editor::closeAll() {
  docs_.clear();
}

bool Editor::unsaved() const {
  for (const auto &d : docs_)
    if (d->dirty)
      return true;
  return false;
}
