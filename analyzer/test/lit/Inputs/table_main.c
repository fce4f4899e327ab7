struct table;
struct table *table_new(void);
void table_free(struct table *t);
void table_grow(struct table *t);
void table_done(struct table *t);
int table_get(struct table *t, int i);

int main(int argc, char **argv) {
  struct table *t = table_new();
  for (int i = 0; i < 4; ++i) {
    table_grow(t);
    (void)table_get(t, i);
    table_done(t);
  }
  int first = table_get(t, 0);
  if (argc > 1 && argv[1][0] == 'x')
    __builtin_trap();
  if (argc == 1)
    table_free(t);
  return argc > 1 ? argv[1][0] - '0' : first;
}
