// A record that every unit may touch.
#ifndef SHARED_H
#define SHARED_H
struct shared {
  char *text;
  int on;
};
extern int phase_of_all;
#endif
