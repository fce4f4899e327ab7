/* A callee that writes the slot and perhaps throws. */
void setOrThrow(void **pp, void *v, bool fails) {
  *pp = v;
  if (fails)
    throw 1;
}
