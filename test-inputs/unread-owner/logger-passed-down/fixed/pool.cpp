// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "uploader.hpp"
#include <vector>

class Pool {
public:
  explicit Pool(const std::string &log) : logger_(std::make_shared<net::Logger>(log)) {}
  net::Uploader &get(const std::string &url) {
    logger_->line("uploader for " + url);
    all_.push_back(std::make_unique<net::Uploader>(url, logger_));
    return *all_.back();
  }

private:
  std::shared_ptr<net::Logger> logger_;
  std::vector<std::unique_ptr<net::Uploader>> all_;
};

std::unique_ptr<Pool> makePool(const std::string &log) { return std::make_unique<Pool>(log); }
