/* Reads the old slots of a table in code that is not instrumented: it knows only where
 * they lie. */
struct table;
int table_peek(struct table *t) {
  int *old = ((int **)t)[1];
  return old ? old[0] : 0;
}
