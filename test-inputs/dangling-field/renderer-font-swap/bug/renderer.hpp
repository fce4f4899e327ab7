// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once
#include <string>
#include <vector>
namespace ui {
class Font {
public:
  Font(std::string family, int size);
  int width(const std::string &text) const;
  int size() const { return size_; }

private:
  std::string family_;
  int size_;
  std::vector<int> advances_;
};

class Renderer {
public:
  explicit Renderer(std::string family);
  ~Renderer();
  Renderer(const Renderer &) = delete;
  Renderer &operator=(const Renderer &) = delete;
  bool setSize(int size);
  int draw(const std::string &text);
  unsigned drawn() const { return drawn_; }

private:
  std::string family_;
  Font *font_;
  unsigned drawn_ = 0, refused_ = 0;
};
} // namespace ui
