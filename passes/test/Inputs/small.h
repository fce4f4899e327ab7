/* A record for precompiled headers. */
#ifndef SMALL_H
#define SMALL_H
struct box {
  void *kept;
  int phase;
};
#endif
