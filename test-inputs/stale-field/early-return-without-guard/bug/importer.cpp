// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

class Importer {
public:
  enum class State { Empty, Loaded, Parsed, Failed };
  bool load(std::unique_ptr<std::vector<std::uint8_t>> raw);
  bool parse();
  State state() const { return state_; }
  const std::string &message() const { return message_; }
  const std::vector<std::uint32_t> &values() const { return values_; }

private:
  State state_ = State::Empty;
  std::unique_ptr<std::vector<std::uint8_t>> raw_;
  std::vector<std::uint32_t> values_;
  std::string message_;
};

bool Importer::load(std::unique_ptr<std::vector<std::uint8_t>> raw) {
  if (!raw || state_ == State::Loaded)
    return false;
  raw_ = std::move(raw);
  state_ = State::Loaded;
  return true;
}

bool Importer::parse() {
  if (state_ != State::Loaded)
    return false;
  values_.clear();
  if (raw_->size() < 4 || (*raw_)[0] != 0x7f) {
    message_ = "bad magic";
    state_ = State::Failed;
    return false;
  }
  for (std::size_t i = 4; i + 4 <= raw_->size(); i += 4) {
    std::uint32_t v = 0;
    for (int k = 3; k >= 0; --k)
      v = v << 8 | (*raw_)[i + static_cast<std::size_t>(k)];
    values_.push_back(v);
  }
  state_ = State::Parsed;
  raw_.reset();
  return true;
}

std::unique_ptr<Importer> makeImporter() { return std::make_unique<Importer>(); }
