#include <stddef.h>
struct params {
  char *cipher;
  int sectors;
};
struct volume {
  int device;
  struct params p;
};
int device_write(int device, const char *cipher);
struct volume *volume_new(int device);
int volume_make(struct volume *v, const char *cipher);
size_t volume_name(const struct volume *v);
void volume_end(struct volume *v);
