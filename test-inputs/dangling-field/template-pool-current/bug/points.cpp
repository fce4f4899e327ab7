// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "pool.hpp"
#include <cstdio>
#include <memory>

struct Point {
  int x = 0, y = 0;
};

class Canvas {
public:
  Point *plot(int x, int y) {
    Point *p = points_.take();
    p->x = x;
    p->y = y;
    return p;
  }
  void undo() { points_.trim(); }
  std::size_t blocks() const { return points_.blocks(); }

private:
  Pool<Point> points_;
};

int main() {
  auto c = std::make_unique<Canvas>();
  int ch;
  while ((ch = std::getchar()) != EOF) {
    if (ch == 'u')
      c->undo();
    else
      c->plot(ch, ch / 2);
  }
  std::printf("%zu\n", c->blocks());
  return 0;
}
