// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>

struct Backend {
  virtual ~Backend() = default;
  virtual void draw(int n) = 0;
};

struct GlBackend final : Backend {
  void draw(int n) override { drawn += n; }
  long drawn = 0;
};

class Renderer {
public:
  void init();
  void shutdown();
  bool draw(int n);

private:
  std::unique_ptr<Backend> backend_;
  Backend *gl_ = nullptr;
};

void Renderer::init() {
  backend_ = std::make_unique<GlBackend>();
  gl_ = backend_.get();
}

void Renderer::shutdown() {
  backend_.reset();
}

bool Renderer::draw(int n) {
  if (!gl_)
    return false;
  gl_->draw(n);
  return true;
}

std::unique_ptr<Renderer> makeRenderer() { return std::make_unique<Renderer>(); }
