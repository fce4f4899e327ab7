// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include <stddef.h>

typedef char gchar;
typedef int gboolean;
typedef void *gpointer;
void g_free(gpointer p);
gchar *g_strdup(const gchar *s);
gpointer g_malloc0(size_t n);
gboolean g_utf8_validate(const gchar *s, ptrdiff_t n, const gchar **end);
void g_warning(const char *fmt, ...);
size_t g_utf8_strlen(const gchar *s, ptrdiff_t max);

typedef struct _Label Label;
struct _Label {
  gchar *text;
  int width, height;
  gboolean dirty;
  void (*redraw)(Label *self, gpointer data);
  gpointer data;
};

Label *label_new(void (*redraw)(Label *, gpointer), gpointer data) {
  Label *self = g_malloc0(sizeof *self);
  self->redraw = redraw;
  self->data = data;
  self->height = 12;
  return self;
}

static void label_changed(Label *self) {
  self->dirty = 1;
  if (self->redraw)
    self->redraw(self, self->data);
}

gboolean label_set_text(Label *self, const gchar *text) {
  const gchar *end;
  if (!g_utf8_validate(text, -1, &end)) {
    g_warning("text is not UTF-8 from byte %td on", end - text);
    return 0;
  }
  g_free(self->text);
  self->text = g_strdup(text);
  self->width = (int)g_utf8_strlen(self->text, -1) * 8;
  label_changed(self);
  return 1;
}

int label_width(Label *self) {
  if (self->dirty && self->text) {
    self->width = (int)g_utf8_strlen(self->text, -1) * 8;
    self->dirty = 0;
  }
  return self->width;
}

void label_free(Label *self) {
  g_free(self->text);
  g_free(self);
}
