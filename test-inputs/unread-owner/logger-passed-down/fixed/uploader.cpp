// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "uploader.hpp"
#include <utility>

namespace net {

Uploader::Uploader(std::string url, std::shared_ptr<Logger> logger)
    : url_(std::move(url)), logger_(std::move(logger)) {}

bool Uploader::upload(const std::string &data) {
  if (url_.empty() || data.empty()) {
    ++failures_;
    logger_->line("nothing to do");
    return false;
  }
  bytes_ += data.size();
  return true;
}

} // namespace net
