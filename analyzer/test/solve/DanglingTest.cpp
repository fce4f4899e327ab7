//===- DanglingTest.cpp - what is freed and left --------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Freed and not overwritten while the object lives on; and what makes a place
// of that kind less than sure.
//
//===----------------------------------------------------------------------===//

#include "analyzer/test/solve/SolveSupport.h"

using namespace retsan;
using namespace retsan::test;

namespace {

TEST(Solve, APartOfOthersEndsInPlace) {
  auto Clear = [](const char *Holder) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct list { int *spare; int busy; };
static struct list all;
)") + Holder + R"(
int list_init(struct list *l) { l->busy = 0; l->spare = malloc(8); return l->spare != 0; }
static void list_destroy(struct list *l) { l->busy = 0; free(l->spare); }
int all_first(void) { return all.busy ? all.spare[0] : 0; }
void all_begin(void) { if (list_init(&all)) all.busy = 1; }
void all_drop(void) { list_destroy(&all); all.busy = 1; }
)"),
              "list.spare");
  };
  EXPECT_EQ(Clear(""), Lines{"retsan-dangling-field high 7"});
  EXPECT_EQ(Clear("struct holder { struct list l; int n; };"), Lines{});
}

TEST(Solve, AFailedReallocThrowsWithTheOldBlockAlive) {
  auto Image = [](const char *Try, const char *Catch) {
    std::vector<facts::Unit> Units;
    Units.push_back(extractCxx(std::string(R"(
#include <cstdlib>
struct Image {
  int *rows = nullptr;
  void *grow(void *old, size_t n) {
    void *p = realloc(old, n);
    if (!p)
      throw 1;
    return p;
  }
  void recycle() { if (rows) { free(rows); rows = nullptr; } }
  int load(size_t n) {
    )") + Try + R"(
      if (rows)
        rows = (int *)grow(rows, n);
      return rows ? rows[0] : 0;
    )" + Catch + R"(
  }
  int start() { if (!rows) rows = (int *)malloc(8); return rows ? rows[1] : 0; }
};
Image *make() { return new Image; }
)"));
    return on(solveUnits(std::move(Units)), "Image.rows", Confidence::Low);
  };
  EXPECT_EQ(Image("", ""), Lines{});
  EXPECT_FALSE(
      Image("try {", "} catch (int) { free(rows); return -1; }").empty());
}

TEST(Solve, AnExceptionBeforeTheTryLeavesTheFunction) {
  auto Thumb = [](const char *Before, const char *Inside) {
    std::vector<facts::Unit> Units;
    Units.push_back(extractCxx(std::string(R"(
#include <cstdlib>
struct Raw {
  int *image = nullptr, n = 0;
  static void *get(size_t n) { void *p = malloc(n); if (!p) throw 1; return p; }
  void decode();
  int thumb(size_t n) {
    int *saved = image;
    )") + Before + R"(
    try {
      )" + Inside + R"(
      decode();
    } catch (...) {
      free(image);
      image = saved;
      return -1;
    }
    free(image);
    image = saved;
    return 0;
  }
  void open() { image = (int *)malloc(8); }
  int pixel() { return image ? image[n] : 0; }
};
Raw *make() { return new Raw; }
)"));
    return on(solveUnits(std::move(Units)), "Raw.image", Confidence::Low);
  };
  const char *Get = "image = (int *)get(n);";
  EXPECT_EQ(Thumb(Get, ""), Lines{});
  EXPECT_FALSE(Thumb("", Get).empty()); // What was there is freed and put back.
}

TEST(Solve, AHandlerIsReachedByWhatThrows) {
  auto Raw = [](const char *Drop, const char *Spec = "") {
    std::vector<facts::Unit> Units;
    Units.push_back(extractCxx(std::string(R"(
#include <cstdlib>
void note(void *);
static void forget(void **rows, void *p) {
  for (int i = 0; i < 4; ++i)
    if (rows[i] == p) rows[i] = nullptr;
}
struct Raw {
  char *image = nullptr;
  void *rows[4] = {};
  void drop(void *p) )") + Spec +
                               " {" + Drop + R"( }
  int load(size_t n) {
    if (!image) image = (char *)malloc(n);
    return image ? image[0] : 0;
  }
  int unpack() {
    try {
      if (image) {
        drop(image);
        image = nullptr;
      }
      return 0;
    } catch (int e) {
      return e;
    }
  }
  void end() { if (image) { free(image); image = nullptr; } }
};
Raw *make() { return new Raw; }
)"));
    return on(solveUnits(std::move(Units)), "Raw.image", Confidence::Low);
  };
  EXPECT_EQ(Raw("forget(rows, p); ::free(p);"), Lines{});
  EXPECT_FALSE(Raw("::free(p); if (rows[0]) throw 1;").empty());
  EXPECT_FALSE(Raw("::free(p); note(rows);").empty()); // Not seen: may throw.
  EXPECT_EQ(Raw("::free(p); note(rows);", "noexcept"), Lines{});
}

TEST(Solve, ACalleeWritesWhatItWritesOnly) {
  auto Make = [](const char *Free) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct geom { char *dev; long start, length; };
struct fs { struct geom *geom; void *priv; int type; };
struct swap { char *header, *buffer; int n; };
struct swap *saved;
void complain(const char *);
static void *get(size_t n) {
  void *p = malloc(n);
  if (!p) complain("memory");
  return p;
}
static int place(struct geom *g, char *dev, long start) {
  g->dev = dev; g->start = start;
  return start > 0;
}
static struct geom *copy(const struct geom *of) {
  struct geom *g = get(sizeof *g);
  if (!g) return NULL;
  if (!place(g, of->dev, of->start)) { free(g); return NULL; }
  return g;
}
static struct fs *alloc(const struct geom *g) {
  struct fs *fs = get(sizeof *fs);
  struct swap *s;
  if (!fs) return NULL;
  fs->priv = get(sizeof *s);
  if (!fs->priv) { free(fs); return NULL; }
  s = fs->priv;
  s->header = get(64);
  s->buffer = get(128);
  fs->geom = copy(g);
  if (!fs->geom) {
    free(s->buffer);
    free(s->header);
    )") + Free + R"(
    free(fs);
    return NULL;
  }
  return fs;
}
int swap_first(struct swap *s) { return s->buffer ? s->buffer[0] : 0; }
int probe(const struct geom *g) {
  struct fs *fs = alloc(g);
  struct swap *s;
  if (!fs) return 0;
  s = fs->priv;
  free(s->buffer); free(s->header); free(s); free(fs->geom); free(fs);
  return 1;
}
)"),
              "swap.buffer", Confidence::Low);
  };
  EXPECT_EQ(Make("free(fs->priv);"), Lines{});
  EXPECT_FALSE(Make("saved = s;").empty());
}

TEST(Solve, HooksOfTheOtherPathDoNotMeetIt) {
  auto Loop = [](const char *Poll) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
struct loop { void (*poll)(struct loop *); char *ring; };
static struct loop only;
int timer(void);
static void plain(struct loop *l) { l->poll = NULL; }
static void ring_poll(struct loop *l) { l->ring[0]++; }
static void ring_destroy(struct loop *l) { free(l->ring); }
static int ring_init(struct loop *l) {
  l->ring = malloc(8);
  if (!l->ring) return 0;
  if (timer() < 0) { ring_destroy(l); return 0; }
  l->poll = ring_poll;
  return 1;
}
struct loop *loop_default(void) {
  if (!ring_init(&only)) only.poll = plain;
  return &only;
}
)") + Poll),
              "loop.ring");
  };
  EXPECT_EQ(Loop("void loop_run(struct loop *l) { l->poll(l); }"), Lines{});
  EXPECT_EQ(Loop("void loop_run(struct loop *l) { l->ring[0]++; }"),
            Lines{"retsan-dangling-field high 8"});
}

TEST(Solve, AContainerThatIsTurnedIntoAnotherIsTheCallers) {
  auto Finish = [](const char *Calls) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct items { int used; char *at; };
struct block { char *at; int length; };
int items_grow(struct items *l) {
  char *p = malloc(l->used + 8);
  if (!p) return 0;
  free(l->at); l->at = p; l->used += 8;
  return 1;
}
int items_first(struct items *l) { return l->used ? l->at[0] : 0; }
int items_finish(struct items *l, struct block *to) {
  to->at = malloc(l->used);
  if (!to->at) return 0;
  memcpy(to->at, l->at, l->used);
  to->length = l->used;
  free(l->at);
  return 1;
}
)") + Calls),
              "items.at");
  };
  EXPECT_EQ(Finish(""), Lines{});
  EXPECT_EQ(Finish(R"(
int items_show(struct items *l) {
  struct block b = {0, 0};
  if (!items_finish(l, &b)) return -1;
  free(b.at);
  return items_first(l);
})"),
            Lines{"retsan-dangling-field high 18"});
}

TEST(Solve, WhatFailsToBeginIsNotEnded) {
  auto Mode = [](const char *Name) {
    return on(solveC(std::string("#define BEGIN ") + Name + R"(
#include <stdlib.h>
struct mode { char *in, *out; };
int BEGIN(struct mode *m, int n) {
  m->out = NULL;
  m->in = malloc(n);
  if (!m->in) return -1;
  m->out = malloc(n);
  if (!m->out) { free(m->in); return -1; }
  return 0;
}
int mode_step(struct mode *m) { return m->out ? m->in[0] + m->out[0] : 0; }
void mode_end(struct mode *m) { free(m->in); free(m->out); m->in = m->out = NULL; }
)"),
              "mode.in");
  };
  EXPECT_EQ(Mode("mode_init"), Lines{});
  EXPECT_EQ(Mode("mode_grow"), Lines{"retsan-dangling-field high 9"});
}

TEST(Solve, AHandlerThatRaisesItsSignalEndsTheProcess) {
  auto Main = [](const char *Last) {
    return on(solveC(std::string(R"(
#include <signal.h>
#include <stdlib.h>
static int *fds;
static int number;
static void detach(int sig) {
  if (fds) free(fds);
  number = 0;
)") + Last + R"(
}
int add(int fd) {
  if (!fds) fds = malloc(64);
  fds[number++] = fd;
  return fds[0];
}
void install(void) { signal(SIGINT, detach); }
)"),
              "fds");
  };
  EXPECT_EQ(Main(""), Lines{"retsan-dangling-field high 7"});
  EXPECT_EQ(Main("  signal(sig, SIG_DFL); raise(sig);"), Lines{});
}

TEST(Solve, AContainerThatTheCallerFreesDoesNotDangle) {
  FindingsFile F = solveC(R"(
#include <stdlib.h>
struct s { char *buf; int n; };
struct s *s_new(void) { struct s *p = calloc(1, sizeof *p); if (p) p->buf = malloc(9); return p; }
static void s_clean(struct s *p) { free(p->buf); }
void s_free(struct s *p) { s_clean(p); free(p); }
int s_n(struct s *p) { return p->buf ? p->buf[0] : 0; }
)");
  EXPECT_EQ(on(F, "s.buf"), Lines{});
}

TEST(Solve, AGlobalThatIsFreedAndTestedAgainDangles) {
  FindingsFile F = solveC(R"(
#include <stdlib.h>
#include <string.h>
static char *user;
static int set;
int conf_set(const char *v) {
  if (user) return -1;
  user = strdup(v);
  return 0;
}
void conf_reload(void) { free(user); set = 0; }
const char *conf_user(void) { return set ? user : ""; }
void conf_use(void) { set = 1; }
)");
  EXPECT_EQ(on(F, "user"), Lines{"retsan-dangling-field high 11"});
}

const char *Session = R"(
#include <stdlib.h>
#include <string.h>
struct base { int kind; };
struct session { struct base b; char *key; int open; long sent; };
struct session *session_new(void) { return calloc(1, sizeof(struct session)); }
int session_open(struct session *s, const char *key) {
  free(s->key);
  s->key = strdup(key);
  s->open = 1;
  return 0;
}
unsigned long session_use(struct session *s) {
  if (!s->open) return 0;
  return strlen(s->key);
}
long session_sent(struct session *s) { return s->sent; }
)";

TEST(Solve, ThePathThatEndsAPhaseIsEvidence) {
  FindingsFile Bad = solveC(std::string(Session) + R"(
void session_close(struct session *s) { s->open = 0; }
void session_free(struct session *s) { free(s->key); free(s); }
)");
  ASSERT_EQ(on(Bad, "session.key").size(), 1u);
  const Finding &F = *std::find_if(
      Bad.Findings.begin(), Bad.Findings.end(),
      [](const Finding &X) { return X.Subject == "session.key"; });
  EXPECT_EQ(F.Level, Confidence::High);
  // The graph holds the way to the bad state, the reader what it asks for.
  EXPECT_TRUE(std::any_of(F.Graph.Nodes.begin(), F.Graph.Nodes.end(),
                          [](const StateNode &N) { return N.Bad; }));
  EXPECT_TRUE(std::any_of(
      F.Graph.Edges.begin(), F.Graph.Edges.end(),
      [](const StateEdge &E) { return E.Call == "session_close"; }));
  ASSERT_EQ(F.Readers.size(), 1u);
  EXPECT_EQ(F.Readers[0].Needs, "open != 0");
  EXPECT_EQ(on(solveC(std::string(Session) + R"(
void session_close(struct session *s) {
  s->open = 0; free(s->key); s->key = NULL;
}
void session_free(struct session *s) { free(s->key); free(s); }
)"),
               "session.key"),
            Lines{});
}

TEST(Solve, AFirstMemberIsItsContainer) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void base_end(struct base *b) { free(b); }
void session_end(struct session *s) {
  s->open = 0; free(s->key);
)" + What + "}\n";
  };
  EXPECT_EQ(on(solveC(Close("base_end(&s->b);")), "session.key"), Lines{});
  EXPECT_FALSE(on(solveC(Close("")), "session.key").empty());
}

TEST(Solve, AHookThatStandsForFreeEndsItsArgument) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void (*hook)(void *);
void set_hook(void (*h)(void *)) { hook = h; }
static void mm_free(void *p) { if (hook) hook(p); else free(p); }
void session_end(struct session *s) {
  s->open = 0; mm_free(s->key);
)" + What + "}\n";
  };
  EXPECT_EQ(on(solveC(Close("mm_free(s);")), "session.key"), Lines{});
  EXPECT_FALSE(on(solveC(Close("")), "session.key").empty());
}

TEST(Solve, APointerToFreeFrees) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void (*do_free)(void *) = free;
void set_free(void (*f)(void *)) { do_free = f; }
void session_close(struct session *s) {
  s->open = 0; do_free(s->key);
)" + What + "}\n";
  };
  EXPECT_FALSE(on(solveC(Close("")), "session.key").empty());
  EXPECT_EQ(on(solveC(Close("s->key = NULL;")), "session.key"), Lines{});
}

TEST(Solve, WhatRunsAtExitLeavesNothingBehind) {
  auto Program = [](const char *Register) {
    return std::string(R"(
#include <stdlib.h>
static char *history;
static int used;
static void drop(void) { free(history); used = 0; }
int add(void) {
  if (!history) history = malloc(10);
  history[0]++;
  return used++;
}
)") + Register;
  };
  EXPECT_EQ(
      on(solveC(Program("void start(void) { atexit(drop); }")), "history"),
      Lines{});
  EXPECT_FALSE(
      on(solveC(Program("void stop(void) { drop(); }")), "history").empty());
}

TEST(Solve, ACalleeThatDoesNotLookObservesNothing) {
  auto Close = [](const char *What) {
    return std::string(Session) + R"(
static void count(struct session *s) { s->sent++; }
static void look(struct session *s) { if (s->key) s->sent++; }
static void session_end(struct session *s) {
  free(s->key); s->open = 0;
)" + What + R"(
}
void session_free(struct session *s) { session_end(s); free(s); }
)";
  };
  EXPECT_EQ(on(solveC(Close("count(s);")), "session.key"), Lines{});
}

TEST(Solve, ACallerThatFreesASecondTimeIsTheProof) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
#include <string.h>
struct key { int type; char *curve; };
struct key *key_new(void) { return calloc(1, sizeof(struct key)); }
void key_free(struct key *k) { if (k) { free(k->curve); free(k); } }
const char *key_curve(const struct key *k) { return k->curve; }
int key_build(struct key *k, const char *name) {
  k->curve = strdup(name);
  if (!k->curve) return -1;
  k->type = 10;
  if (strlen(name) > 64) {
    free(k->curve);
    return -1;
  }
  return 0;
}
struct key *key_read(const char *name) {
  struct key *k = key_new();
  if (!k) return NULL;
  if (key_build(k, name) < 0) { key_free(k); return NULL; }
  return k;
}
)"),
               "key.curve"),
            Lines{"retsan-dangling-field high 13"});
}

Lines freedThenHanded(const char *Parse) {
  return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
struct config { char *user; int port; };
int parse(const char *word, char **value) {
)") + Parse + R"(
  *value = strdup(word);
  return *value ? 0 : -1;
}
int config_line(struct config *c, const char *key, const char *word) {
  if (!strcmp(key, "user")) {
    free(c->user);
    return parse(word, &c->user);
  }
  return -1;
}
void config_cleanup(struct config *c) { free(c->user); c->user = NULL; }
)"),
            "config.user");
}

TEST(Solve, AFreedFieldWhoseAddressGoesToOneThatLooksAtIt) {
  EXPECT_EQ(freedThenHanded("  if (*value) return -2;"),
            Lines{"retsan-dangling-field high 12"});
  EXPECT_EQ(freedThenHanded("  *value = NULL;"), Lines{});
}

TEST(Solve, AFunctionThatEndsTheObjectByItsNameIsNoSurePlace) {
  auto Close = [](const std::string &Name) {
    return on(solveC(std::string(Session) + "void session_" + Name + R"((
    struct session *s) { free(s->key); s->open = 0; s->sent = 0; }
)"),
              "session.key");
  };
  EXPECT_EQ(Close("hangup"), Lines{"retsan-dangling-field high 19"});
  // The object itself says, by what is set beside, that it is over.
  EXPECT_EQ(Close("cleanup"), Lines{});
}

TEST(Solve, AnotherThreadMayTakeWhatWasLeftBeforeAWait) {
  auto Start = [](const char *Wait) {
    return on(solveC(std::string(R"(
#include <stdlib.h>
#include <pthread.h>
struct op { int done; };
struct dialer { struct op *user; int busy; pthread_mutex_t m; pthread_cond_t c; };
struct dialer *dialer_new(void) { return calloc(1, sizeof(struct dialer)); }
int dialer_done(struct dialer *d) { return d->user ? d->user->done : 1; }
void dialer_cb(struct dialer *d) {
  struct op *u = d->user;
  d->user = NULL;
  if (u) u->done = 1;
}
void dialer_drop(struct dialer *d) { free(d->user); d->user = NULL; }
int dialer_start(struct dialer *d) {
  struct op *o = calloc(1, sizeof *o);
  if (!o) return -1;
  d->user = o;
  d->busy = 1;
)") + Wait + R"(
  d->busy = 0;
  free(o);
  return 0;
}
)"),
              "dialer.user");
  };
  EXPECT_EQ(Start("pthread_cond_wait(&d->c, &d->m);"), Lines{});
  EXPECT_EQ(Start(""), Lines{"retsan-dangling-field high 21"});
}

TEST(Solve, AChildsParentIsNoSurePlace) {
  auto Drop = [](const char *Back) {
    return on(solveC(std::string("#include <stdlib.h>\nstruct link;\n") +
                     "struct owner { int n; " + Back + R"( };
struct link { struct owner *owner; int state; };
struct link *link_new(struct owner *o) {
  struct link *l = calloc(1, sizeof *l);
  if (l) { l->owner = o; l->state = 1; }
  return l;
}
int link_count(struct link *l) { return l->owner ? l->owner->n : 0; }
void link_leave(struct link *l) { l->state = 0; free(l->owner); }
)"),
              "link.owner");
  };
  EXPECT_EQ(Drop("char *name;"), Lines{"retsan-dangling-field high 11"});
  EXPECT_EQ(Drop("struct link *link;"),
            Lines{"retsan-dangling-field medium 11"});
}

TEST(Solve, WhatMainFreesAtItsEndEndsWithIt) {
  EXPECT_EQ(on(solveC(R"(
#include <stdlib.h>
static char *buffer;
static char *names[4];
static int count;
static void quit(int rc) { exit(rc); }
static int at(int i) { return buffer[i]; }
int main(int argc, char **argv) {
  buffer = malloc(100);
  if (!buffer) quit(2);
  buffer[0] = argv[0][0];
  count = at(0);
  free(buffer);
  while (count > 0) { free(names[count & 3]); count--; }
  quit(0);
}
)"),
               "buffer"),
            Lines{});
}

TEST(Solve, AValueThatWasFreedBeforeItIsStoredDangles) {
  auto Create = [](const char *Leave) {
    return on(solveC(std::string(R"(
#include <stdio.h>
#include <stdlib.h>
struct writer { FILE *out; int open; };
struct writer *writer_new(void) { return calloc(1, sizeof(struct writer)); }
int writer_create(struct writer *w, const char *name, long at) {
  FILE *f = fopen(name, "w");
  if (!f) return -1;
  if (fseek(f, at, SEEK_SET) < 0) {
    fclose(f);
)") + Leave + R"(
  }
  w->out = f;
  w->open = 1;
  return 0;
}
int writer_put(struct writer *w, int c) { return w->open ? fputc(c, w->out) : 0; }
void writer_close(struct writer *w) {
  if (w->out) fclose(w->out);
  w->out = NULL;
  w->open = 0;
}
)"),
              "writer.out");
  };
  EXPECT_EQ(Create("return -1;"), Lines{});
  EXPECT_EQ(Create(""), Lines{"retsan-dangling-field high 10"});
}

TEST(Solve, EachFreeingPlaceHasCallersOfItsOwn) {
  // What the first place leaves the caller clears, what the second one leaves
  // it does not.
  auto Places = [](const char *After) {
    return on(solveC(R"(
#include <stdlib.h>
struct session { char *key; int open; };
struct session *session_new(void) { return calloc(1, sizeof(struct session)); }
static int drop(struct session *s, int how) {
  if (how) {
    free(s->key);
    s->open = 0;
    return 1;
  }
  free(s->key);
  s->open = 0;
  return 0;
}
void session_reset(struct session *s, int how) {
  int r = drop(s, how);
  )" + std::string(After) +
                     R"(
}
void session_set(struct session *s) { s->key = malloc(8); s->open = 1; }
int session_get(struct session *s) { return s->key ? s->key[0] : 0; }
void session_free(struct session *s) { free(s->key); free(s); }
)"),
              "session.key");
  };
  EXPECT_EQ(Places("if (r) s->key = NULL;"),
            Lines{"retsan-dangling-field high 11"});
  EXPECT_EQ(Places("if (!r) s->key = NULL;"),
            Lines{"retsan-dangling-field high 7"});
  EXPECT_EQ(Places("s->key = NULL;"), Lines{});
}

TEST(Solve, TheStateToldIsOneOfAProgramThatRuns) {
  FindingsFile F = solveC(R"(
#include <stdlib.h>
static int ready;
static struct { int *data; int runs; } module;
void module_init(void) {
  if (!ready) { module.data = 0; module.runs = 0; ready = 1; }
}
int module_first(void) { return ready ? module.data[0] : 0; }
void module_walk(void) {
  module.data = malloc(64);
  module.runs++;
  free(module.data);
}
)");
  auto It = llvm::find_if(F.Findings, [](const Finding &X) {
    return X.Check == "retsan-dangling-field";
  });
  ASSERT_NE(It, F.Findings.end());
  // Freed before module_init ran, it dangles as well, but nobody looks there.
  EXPECT_TRUE(llvm::is_contained(
      It->State, std::pair<std::string, std::string>("ready", "1")));
}

TEST(Solve, AValueFreedTwiceIsNotItsSuccessor) {
  // What the inner loop leaves has the name that was freed twice a round ago.
  auto Serve = [](const char *Between) {
    return on(solveC(R"(
#include <stdlib.h>
#include <string.h>
struct client { int sock; char *path; };
int more(void);
struct client *make(void) { return calloc(1, sizeof(struct client)); }
void hang_up(struct client *c) {
  free(c->path);
  c->sock = -1;
}
void serve(struct client *c) {
  while (more()) {
    while (more())
      c->path = strdup("x");
    if (more())
      return;
    hang_up(c);
    )" + std::string(Between) +
                     R"(
    hang_up(c);
  }
}
char first(struct client *c) { return c->sock >= 0 ? c->path[0] : 0; }
)"),
              "client.path");
  };
  EXPECT_EQ(Serve("").at(0), "retsan-dangling-field high 8");
  EXPECT_NE(Serve("c->path = NULL;"), Serve(""));
}

TEST(Solve, AFieldThatNoFunctionNamesIsNoTrouble) {
  FindingsFile F = solveC(R"(
struct m {
  int growing;
  int *old __attribute__((annotate("retsan:live_while=growing == 1")));
};
int is_growing(struct m *m) { return m->growing; }
)");
  EXPECT_EQ(F.Cov.SubjectsSolved, 1u);
  EXPECT_EQ(on(F, "m.old", Confidence::Low), Lines{});
}

TEST(Solve, AnAlignedAddressIsNotNull) {
  auto Read = [](const char *Null) {
    return on(solveC(std::string(R"(
#include <stdint.h>
#include <stdlib.h>
int fill(unsigned char *);
struct sector { unsigned char *base, *data; int nr; };
int sector_read(struct sector *s, int nr) {
  unsigned char *base = malloc(4096), *data;
  if (!base) return 0;
  data = (unsigned char *)(((uintptr_t)base & ~(uintptr_t)2047) + 2048);
  )") + Null + R"(
  s->base = base;
  s->data = data;
  s->nr = nr;
  if (!data) { free(base); return 0; }
  return fill(data);
}
int sector_at(struct sector *s) { return s->data ? s->base[0] : 0; }
void sector_end(struct sector *s) { free(s->base); free(s); }
)"),
              "sector.base", Confidence::Low);
  };
  EXPECT_EQ(Read(""), Lines{});
  EXPECT_FALSE(Read("if (nr < 0) data = NULL;").empty());
}

} // namespace
