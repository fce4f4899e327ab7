// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

struct Frame {
  std::map<std::string, double> locals;
  int returnTo = 0;
};

class Interp {
public:
  void enter(int returnTo);
  int leave();
  void set(const std::string &name, double v);
  double get(const std::string &name) const;
  std::size_t depth() const { return depth_; }

private:
  static constexpr std::size_t Max = 128;
  std::unique_ptr<Frame> frames_[Max];
  std::size_t depth_ = 0;
  unsigned long calls_ = 0;
};

void Interp::enter(int returnTo) {
  if (depth_ == Max)
    throw std::runtime_error("stack overflow");
  auto f = std::make_unique<Frame>();
  f->returnTo = returnTo;
  frames_[depth_++] = std::move(f);
  ++calls_;
}

int Interp::leave() {
  if (depth_ == 0)
    throw std::runtime_error("stack underflow");
  int to = frames_[depth_ - 1]->returnTo;
  --depth_;
  return to;
}

void Interp::set(const std::string &name, double v) {
  if (depth_ > 0)
    frames_[depth_ - 1]->locals[name] = v;
}

double Interp::get(const std::string &name) const {
  if (depth_ == 0)
    return 0;
  auto it = frames_[depth_ - 1]->locals.find(name);
  return it == frames_[depth_ - 1]->locals.end() ? 0 : it->second;
}

std::unique_ptr<Interp> makeInterp() { return std::make_unique<Interp>(); }
