// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <functional>
#include <memory>
#include <string>
#include <vector>

struct Request {
  std::string path;
  std::function<void(bool)> done;
  bool finished = false;
};

class Loader {
public:
  void load(std::vector<std::unique_ptr<Request>> list);
  void arrived(const std::string &path, bool ok);
  bool loading() const { return loading_; }
  unsigned levels() const { return levels_; }

private:
  std::vector<std::unique_ptr<Request>> pending_;
  bool loading_ = false;
  unsigned levels_ = 0, open_ = 0;
};

void Loader::load(std::vector<std::unique_ptr<Request>> list) {
  if (loading_)
    return;
  open_ = static_cast<unsigned>(list.size());
  pending_ = std::move(list);
  loading_ = true;
}

void Loader::arrived(const std::string &path, bool ok) {
  if (!loading_)
    return;
  for (auto &r : pending_)
    if (!r->finished && r->path == path) {
      r->finished = true;
      if (r->done)
        r->done(ok);
      --open_;
      break;
    }
  if (open_ == 0) {
    loading_ = false;
    ++levels_;
  }
}

std::unique_ptr<Loader> makeLoader() { return std::make_unique<Loader>(); }
