#pragma once
static inline int twice(int N) { return 2 * N; }
struct Shared {
  char *Name;
};
inline char *nameOf(Shared *S) { return S->Name; }
void begin(void *Fresh);
