// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

struct Glyph {
  int w = 0, h = 0;
  std::vector<std::uint8_t> bits;
};

class GlyphCache {
public:
  GlyphCache() : entries_(256) {}
  std::shared_ptr<Glyph> find(std::uint32_t code);
  void insert(std::uint32_t code, std::shared_ptr<Glyph> g);
  bool evict(std::uint32_t code);
  std::size_t used() const { return used_; }

private:
  struct Entry {
    std::uint32_t code = 0;
    std::shared_ptr<Glyph> glyph;
  };
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

std::shared_ptr<Glyph> GlyphCache::find(std::uint32_t code) {
  Entry &e = entries_[code % entries_.size()];
  return code != 0 && e.code == code ? e.glyph : nullptr;
}

void GlyphCache::insert(std::uint32_t code, std::shared_ptr<Glyph> g) {
  Entry &e = entries_[code % entries_.size()];
  if (e.code == 0)
    ++used_;
  e.code = code;
  e.glyph = std::move(g);
}

bool GlyphCache::evict(std::uint32_t code) {
  Entry &e = entries_[code % entries_.size()];
  if (code == 0 || e.code != code)
    return false;
  e.code = 0;
  e.glyph.reset();
  --used_;
  return true;
}

std::unique_ptr<GlyphCache> makeGlyphs() { return std::make_unique<GlyphCache>(); }
