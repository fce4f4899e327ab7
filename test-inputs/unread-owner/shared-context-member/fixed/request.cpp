// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Config {
  std::size_t maxBody = 1024;
  std::vector<std::string> rules;
};

class Request {
public:
  Request(std::string path, const Config &config) : path_(std::move(path)), limit_(config.maxBody) {}
  bool feed(const std::string &chunk);
  const std::string &body() const { return body_; }
  const std::string &path() const { return path_; }

private:
  std::string path_, body_;
  std::size_t limit_;
};

bool Request::feed(const std::string &chunk) {
  if (body_.size() + chunk.size() > limit_)
    return false;
  body_ += chunk;
  return true;
}

class Server {
public:
  void reload(Config c) { config_ = std::make_shared<const Config>(std::move(c)); }
  std::unique_ptr<Request> accept(std::string path) {
    return std::make_unique<Request>(std::move(path), *config_);
  }

private:
  std::shared_ptr<const Config> config_ = std::make_shared<const Config>();
};

std::unique_ptr<Server> makeServer() { return std::make_unique<Server>(); }
