// A class whose private members only its methods can touch.
#ifndef PRIVATE_H
#define PRIVATE_H
class Store {
public:
  Store();
  ~Store();
  void open(unsigned n);
  void close();
  char at(unsigned i) const;

private:
#ifdef WITH_FRIEND
  friend void storeFriend(Store &);
#endif
  bool open_;
#ifdef WITH_PUBLIC
public:
#endif
  char *data_;
};
#endif
