// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct Clip {
  std::string name;
  int length = 0;
};

class Track {
public:
  void add(std::string name, int length);
  bool play(std::size_t i);
  int remaining(int at) const { return playing_ ? playing_->length - at : 0; }
  void stop() { playing_ = nullptr; }
  std::size_t size() const { return clips_.size(); }

private:
  std::vector<Clip> clips_;
  const Clip *playing_ = nullptr;
};

void Track::add(std::string name, int length) {
  std::size_t at = playing_ ? static_cast<std::size_t>(playing_ - clips_.data()) : 0;
  clips_.push_back(Clip{std::move(name), length});
  if (playing_)
    playing_ = &clips_[at];
}

bool Track::play(std::size_t i) {
  if (i >= clips_.size())
    return false;
  playing_ = &clips_[i];
  return true;
}

std::unique_ptr<Track> makeTrack() { return std::make_unique<Track>(); }
