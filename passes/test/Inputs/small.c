/* A record with one suspect and one phase variable. */
struct box {
  void *kept;
  int phase;
};
void keep(struct box *b, void *p) {
  b->kept = p;
  b->phase = 1;
}
void *use_it(struct box *b) { return b->kept; }
