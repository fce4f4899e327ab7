#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))

enum encoding { ENC_UNKNOWN, ENC_ASCII, ENC_KNOWN, ENC_GUESSED };

struct text {
  char *raw;
  size_t length;
  enum encoding encoding;
  char *converted;
};

enum encoding text_guess(struct text *t, enum encoding wanted);
char *latin_to_utf8(const char *raw, size_t length);

API const char *text_get(struct text *t, int strict) {
  if (t->encoding == ENC_UNKNOWN)
    text_guess(t, ENC_UNKNOWN);
  if (strict && t->encoding != ENC_ASCII && t->encoding != ENC_KNOWN) {
    if (t->converted == NULL) {
      t->converted = latin_to_utf8(t->raw, t->length);
      if (t->converted == NULL)
        return NULL;
    }
    return t->converted;
  }
  return t->raw;
}

API struct text *text_new(const char *raw, size_t length,
                          enum encoding wanted) {
  struct text *t = malloc(sizeof *t);
  if (t == NULL)
    return NULL;
  t->raw = malloc(length + 1);
  if (t->raw == NULL) {
    free(t);
    return NULL;
  }
  memcpy(t->raw, raw, length);
  t->raw[length] = 0;
  t->length = length;
  t->encoding = ENC_UNKNOWN;
  t->converted = NULL;
  text_guess(t, wanted);
  return t;
}

API void text_free(struct text *t) {
  if (t == NULL)
    return;
  free(t->raw);
  free(t->converted);
  free(t);
}

enum encoding text_guess(struct text *t, enum encoding wanted) {
  enum encoding e = t->encoding;
  if (e == ENC_UNKNOWN) {
    e = ENC_ASCII;
    for (size_t i = 0; i < t->length; i++)
      if ((unsigned char)t->raw[i] > 127)
        e = ENC_GUESSED;
    t->encoding = e;
  }
  if (wanted == ENC_KNOWN && e == ENC_GUESSED)
    t->encoding = e = ENC_KNOWN;
  return e;
}

char *latin_to_utf8(const char *raw, size_t length) {
  char *out = malloc(2 * length + 1), *p = out;
  if (out == NULL)
    return NULL;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = raw[i];
    if (c < 128) {
      *p++ = c;
    } else {
      *p++ = 0xc0 | c >> 6;
      *p++ = 0x80 | (c & 63);
    }
  }
  *p = 0;
  return out;
}
