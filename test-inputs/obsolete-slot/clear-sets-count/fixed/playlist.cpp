// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <memory>
#include <string>
#include <utility>

struct Track {
  std::string title;
};

class Playlist {
public:
  bool add(std::shared_ptr<Track> t);
  void clear();
  std::string titleAt(unsigned i) const { return i < count_ ? tracks_[i]->title : ""; }

private:
  std::shared_ptr<Track> tracks_[64];
  unsigned count_ = 0;
};

bool Playlist::add(std::shared_ptr<Track> t) {
  if (count_ == 64)
    return false;
  tracks_[count_++] = std::move(t);
  return true;
}

void Playlist::clear() {
  for (unsigned i = 0; i < count_; ++i)
    tracks_[i].reset();
  count_ = 0;
}

Playlist *makePlaylist() { return new Playlist; }
