// Private members of a class in a header are seen wholly where all methods are; not if
// one is missing, nor if a friend is elsewhere, nor if the member is public.
// RUN: %check %s -- -std=c++17 -I%inputs | FileCheck-19 %s
// RUN: %check %s -- -std=c++17 -I%inputs -DWITHOUT_AT 2>&1 | %nothing
// RUN: %check %s -- -std=c++17 -I%inputs -DWITH_FRIEND 2>&1 | %nothing
// RUN: %check %s -- -std=c++17 -I%inputs -DWITH_FRIEND -DFRIEND_HERE | FileCheck-19 %s
// RUN: %check %s -- -std=c++17 -I%inputs -DWITH_PUBLIC 2>&1 | %nothing

#include "private.h"

Store::Store() : open_(false), data_(nullptr) {}
Store::~Store() { delete[] data_; }
void Store::open(unsigned n) {
  if (open_)
    return;
  data_ = new char[n];
  open_ = true;
}
void Store::close() {
  if (!open_)
    return;
  open_ = false;
  // CHECK: :[[#@LINE+1]]:{{[0-9]+}}: warning: 'Store.data_' is freed in Store::close
  delete[] data_;
}
#ifndef WITHOUT_AT
char Store::at(unsigned i) const { return open_ ? data_[i] : 0; }
#endif
#ifdef FRIEND_HERE
void storeFriend(Store &) {}
#endif
