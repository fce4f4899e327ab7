/* Something that the optimizer cannot see through. */
int use(void *p) { return p != 0; }
