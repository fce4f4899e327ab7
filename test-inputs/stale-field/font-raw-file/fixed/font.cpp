// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

using Blob = std::vector<std::uint8_t>;

class FontFace {
public:
  enum class Stage { Raw, Ready, Broken };
  explicit FontFace(std::shared_ptr<const Blob> file);
  Stage prepare();
  const Blob *glyph(char32_t c) const;
  std::size_t count() const { return glyphs_.size(); }

private:
  bool cut();
  Stage stage_ = Stage::Raw;
  std::shared_ptr<const Blob> file_;
  std::map<char32_t, Blob> glyphs_;
};

FontFace::FontFace(std::shared_ptr<const Blob> file) : file_(std::move(file)) {}

bool FontFace::cut() {
  std::size_t p = 0;
  while (p + 2 <= file_->size()) {
    char32_t c = (*file_)[p];
    std::size_t n = (*file_)[p + 1];
    if (p + 2 + n > file_->size())
      return false;
    glyphs_[c] = Blob(file_->begin() + static_cast<std::ptrdiff_t>(p) + 2,
                      file_->begin() + static_cast<std::ptrdiff_t>(p + 2 + n));
    p += 2 + n;
  }
  return true;
}

FontFace::Stage FontFace::prepare() {
  switch (stage_) {
  case Stage::Ready:
  case Stage::Broken:
    return stage_;
  case Stage::Raw:
    break;
  }
  stage_ = cut() ? Stage::Ready : Stage::Broken;
  file_.reset();
  return stage_;
}

const Blob *FontFace::glyph(char32_t c) const {
  if (stage_ != Stage::Ready)
    return nullptr;
  auto it = glyphs_.find(c);
  return it == glyphs_.end() ? nullptr : &it->second;
}

std::unique_ptr<FontFace> openFont(std::shared_ptr<const Blob> file) {
  return std::make_unique<FontFace>(std::move(file));
}
