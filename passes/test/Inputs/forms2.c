/* The other half of forms.c: a table that is defined here and written there. */
void *shared_tab[2];
int use(void *p);
void use_shared(void) { use(shared_tab[1]); }
void set_elsewhere(void **pp, void *v) { *pp = v; }
