/* Keeps the address of a slot and writes it later. */
static void **Kept;
void keepAddress(void **pp) { Kept = pp; }
void writeKept(void *v) { *Kept = v; }
