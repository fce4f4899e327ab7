//===- WorthTest.cpp - what is low, medium or high ------------------------===//
//
// Part of RetSan, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Findings with a doubt: what speaks for them, and what makes them low.
//
//===----------------------------------------------------------------------===//

#include "analyzer/test/solve/SolveSupport.h"
#include "gtest/gtest.h"

using namespace retsan;
using namespace retsan::test;
using namespace llvm;

static FindingsFile solveCxx(StringRef Code) {
  std::vector<facts::Unit> Units;
  Units.push_back(extractCxx(Code));
  return solveUnits(std::move(Units));
}

/// Enough functions to be a whole program.
static std::string many() {
  std::string S;
  for (unsigned I = 0; I < 50; ++I)
    S += "int more" + std::to_string(I) + "(void) { return 0; }";
  return S;
}

TEST(Worth, ACopiedStringThatNobodyReadsIsSure) {
  const char *Code = R"(
char *strdup(const char *); void free(void *); void *malloc(unsigned long);
void *dlopen(const char *, int); int dlclose(void *);
struct s { char *name; char *room; void *lib; int n; };
void open_it(struct s *s, const char *a) {
  free(s->name); s->name = strdup(a);
  free(s->room); s->room = malloc(10);
  s->lib = dlopen(a, 1);
}
int n(struct s *s) { return s->n; }
void fin(struct s *s) { free(s->name); free(s->room); dlclose(s->lib); free(s); }
struct s *make(void) { struct s *s = malloc(32); s->name = s->room = s->lib = 0; return s; }
)";
  EXPECT_EQ(on(solveC(Code), "s.name"), Lines{"retsan-unread-owner medium 4"});
  FindingsFile F = solveC(Code + many());
  EXPECT_EQ(on(F, "s.name"), Lines{"retsan-unread-owner high 4"});
  EXPECT_EQ(on(F, "s.room"), Lines{"retsan-unread-owner medium 4"});
  EXPECT_EQ(on(F, "s.lib"), Lines{});
}

TEST(Worth, AFirstMemberIsReadByTheObjectsAddress) {
  auto Scan = [](const char *Fields, const char *Show) {
    return on(solveC(std::string(R"(
char *strdup(const char *); void free(void *); void *malloc(unsigned long);
int puts(const char *);
struct d { )") + Fields +
                     R"( };
static void *priv;
void save(const char *s) {
  struct d *d = malloc(sizeof *d);
  d->t = strdup(s); d->n = 1; priv = d;
}
void *get(void) { return priv; }
int number(struct d *d) { return d->n; }
void fin(struct d *d) { free(d->t); free(d); }
)" + Show + many()),
              "d.t");
  };
  const char *Blind = "void show(void) { puts(*(const char **)get()); }";
  EXPECT_EQ(Scan("char *t; int n;", ""), Lines{"retsan-unread-owner high 4"});
  EXPECT_EQ(Scan("char *t; int n;", Blind), Lines{});
  EXPECT_EQ(Scan("int n; char *t;", Blind),
            Lines{"retsan-unread-owner high 4"});
}

TEST(Worth, WhatATableNamesIsRead) {
  auto Scan = [](StringRef Table, StringRef Name) {
    std::string Code =
        "char *strdup(const char *); void free(void *);\n"
        "static char *user, *home; struct key { const char *n; void *at; };\n" +
        Table.str() +
        "void set(const char *a) { free(user); user = strdup(a); }\n"
        "void go(const char *a) { free(home); home = strdup(a); }\n"
        "int main(int c, char **v) { for (;;) { set(v[c--]); go(v[c]); } }";
    return on(solveC(Code), Name);
  };
  const char *Table =
      "static struct key keys[] = {{\"user\", &user}};\n"
      "const char *show(int i) { return *(char **)keys[i].at; }\n";
  EXPECT_EQ(Scan("", "user"), Lines{"retsan-unread-owner medium 2"});
  EXPECT_EQ(Scan(Table, "user"), Lines{});
  EXPECT_EQ(Scan(Table, "home"), Lines{"retsan-unread-owner medium 2"});
}

TEST(Worth, AnotherProgramMayReadIt) {
  const std::string Shared = "char *strdup(const char *); void free(void *);\n"
                             "void *malloc(unsigned long);\n"
                             "struct user { char *home; int id; };\n";
  const std::string Fill = Shared + "void fill(struct user *u, const char *a) {"
                                    " free(u->home); u->home = strdup(a); }\n";
  auto Client = extractCode(
      Fill + "static struct user me;\n"
             "int main(int c, char **v) { for (;;) fill(&me, v[c--]); }",
      "/src/lib/client.c");
  auto Server = extractCode(
      Shared + "int puts(const char *); static struct user it;\n"
               "int main(int c, char **v) { for (;;) {\n"
               "free(it.home); it.home = strdup(v[c--]); puts(it.home); } }",
      "/src/lib/server.c");
  std::vector<facts::Unit> One, Both;
  One.push_back(Client);
  EXPECT_EQ(on(solveUnits(std::move(One)), "user.home"),
            Lines{"retsan-unread-owner medium 3"});
  Both.push_back(Client);
  Both.push_back(Server);
  EXPECT_EQ(on(solveUnits(std::move(Both)), "user.home"), Lines{});
  // Also one that neither makes nor frees it.
  auto Reader =
      extractCode(Shared + "int puts(const char *); void show(struct user *u) {"
                           " puts(u->home); } int main(void) { return 0; }",
                  "/src/lib/reader.c");
  std::vector<facts::Unit> Three;
  Three.push_back(Client);
  Three.push_back(Reader);
  EXPECT_EQ(on(solveUnits(std::move(Three)), "user.home"), Lines{});
}

TEST(Worth, WhatTheEnvironmentKeepsIsRead) {
  auto Scan = [](const char *Keep) {
    return on(solveC(std::string(R"(
void free(void *); void *malloc(unsigned long); int putenv(char *);
int snprintf(char *, unsigned long, const char *, ...);
struct env { char *buf; int n; };
static struct env env;
int set(const char *name) {
  char *b = malloc(80);
  snprintf(b, 80, "A=%s", name);
  )") + Keep + R"(
  free(env.buf);
  env.buf = b;
  return env.n++;
}
int main(int c, char **v) { for (;;) set(v[c--]); }
)"),
              "env.buf");
  };
  EXPECT_EQ(Scan(""), Lines{"retsan-unread-owner medium 4"});
  EXPECT_EQ(Scan("if (putenv(b)) return -1;"), Lines{});
}

TEST(Worth, ASwapTakesWhatAContainerHolds) {
  auto Scan = [](const char *Take) {
    return on(solveCxx(std::string(R"(
#include <deque>
#include <memory>
using Items = std::deque<std::unique_ptr<int>>;
class Queue { Items q; public:
  void put(int n) { q.push_back(std::make_unique<int>(n)); }
  bool none() { return q.empty(); }
  void take(Items *to) { )") +
                       Take + R"( }
};
int main(int c, char **v) { Queue q; Items d;
  for (;;) { q.put(c); if (!q.none()) q.take(&d); } }
)"),
              "Queue.q", Confidence::Low);
  };
  EXPECT_FALSE(Scan("").empty());
  EXPECT_EQ(Scan("q.swap(*to);"), Lines{});
}

TEST(Worth, TwoValuesOfOneLocalAreNoAliases) {
  const char *Code = R"(
char *copy(const char *); void drop(void *); void free(void *);
void *calloc(unsigned long, unsigned long); const char *text(int);
struct r { char *a, *b; };
static void end(struct r *r) { drop(r->a); drop(r->b); free(r); }
int modify(struct r *r) {
  const char *t; char *s;
  if ((t = text(1))) { s = copy(t); if (!s) return 1; drop(r->a); r->a = s; }
  if ((t = text(2))) { s = copy(t); if (!s) return 1; drop(r->b); r->b = s; }
  return 0;
}
void quit(struct r *r) { end(r); }
)";
  solve::Options O;
  O.Jobs = 1;
  O.Root = "/src/lib";
  O.Deallocators.push_back({"drop", 0});
  std::vector<facts::Unit> Units;
  Units.push_back(extractC(Code));
  FindingsFile F = solve::solve(std::move(Units), O);
  for (const Finding &X : F.Findings)
    EXPECT_EQ(X.Message.find("may point to"), std::string::npos) << X.Message;
}

TEST(Worth, AnAliasThatIsMovedWithItsTargetIsLow) {
  auto Scan = [](const char *Move) {
    return on(solveC(std::string(R"(
void *realloc(void *, unsigned long); void free(void *);
void *calloc(unsigned long, unsigned long);
struct line { char *buf, *cursor; unsigned long len; };
struct line *make(void) {
  struct line *l = calloc(1, sizeof *l);
  if (l && (l->buf = calloc(1, 8))) { l->cursor = l->buf; l->len = 8; }
  return l;
}
int grow(struct line *l, int more) {
  char *old = l->buf, *n = realloc(old, l->len * 2);
  if (!n) return 0;
  l->buf = n; l->len *= 2;
  )") + Move + R"(
  return 1;
}
char next(struct line *l) { return *l->cursor++; }
void end(struct line *l) { free(l->buf); free(l); }
)"),
              "line.cursor");
  };
  EXPECT_EQ(Scan(""), Lines{"retsan-dangling-field medium 11"});
  EXPECT_EQ(Scan("if (more) l->cursor = n + (l->cursor - old);"), Lines{});
}

TEST(Worth, NoHandlerNoWayOnWithoutMemory) {
  auto Scan = [](const char *Main) {
    return on(solveCxx(std::string(R"(
class Buf { char *p = nullptr; unsigned n = 0; public:
  ~Buf() { delete[] p; }
  void size(unsigned k) { if (k == n) return; delete[] p; p = new char[k]; n = k; }
  char at(unsigned i) { return i < n ? p[i] : 0; } };
Buf *make() { return new Buf; }
void drop(Buf *b) { delete b; }
)") + Main),
              "Buf.p");
  };
  EXPECT_EQ(Scan(""), Lines{"retsan-dangling-field medium 4"});
  EXPECT_EQ(
      Scan("int main() { Buf *b = make(); b->size(4); b->at(1); drop(b); }"),
      Lines{});
}

TEST(Worth, AnObjectThatGoesIsFreedOnce) {
  // The second part is another object's.
  auto Scan = [](const char *Self) {
    return on(solveC(std::string(R"(
void free(void *); void *calloc(unsigned long, unsigned long);
struct part { char *text; int n; };
struct part *make(void) {
  struct part *p = calloc(1, sizeof *p);
  if (p) p->text = calloc(1, 8);
  return p;
}
char first(struct part *p) { return p->text ? p->text[0] : 0; }
static void wipe(struct part *p) { free(p->text); )") +
                     Self + R"( }
int both(struct part *p) { wipe(p); wipe(p); return 0; }
)"),
              "part.text");
  };
  EXPECT_FALSE(Scan("p->n = 0;").empty());
  EXPECT_EQ(Scan("free(p);"), Lines{});
}

TEST(Worth, ElementsThatMoveBetweenListsAreNoAliases) {
  // `done` leads to what `active` led to, until it was unlinked there.
  auto Code = [](StringRef Insert) {
    return R"(
void *calloc(unsigned long, unsigned long); void free(void *);
struct conn { struct conn *next; int fd; };
struct server { struct conn *active, *done; };
struct server *make(void) { return calloc(1, sizeof(struct server)); }
int add(struct server *s, int fd) {
  struct conn *c = calloc(1, sizeof *c);
  if (!c) return -1;
  c->fd = fd; )" +
           Insert.str() + R"(
  return 0;
}
int fd(struct server *s) { return s->active ? s->active->fd : -1; }
void finish(struct server *s) {
  struct conn *c = s->active;
  if (!c) return;
  s->active = c->next; c->next = s->done; s->done = c;
}
void sweep(struct server *s) {
  while (s->done) { struct conn *c = s->done; s->done = c->next; free(c); }
}
)";
  };
  EXPECT_EQ(
      on(solveC(Code("c->next = s->active; s->active = c;")), "server.active"),
      Lines{});
}

TEST(Worth, AnInitialisationThatGaveUpLeavesItsParts) {
  const char *Code = R"(
void *calloc(unsigned long, unsigned long); void free(void *);
struct p { char *a, *b; int id; };
static void p_fini(struct p *p) { free(p->a); free(p->b); }
int p_init(struct p *p, int id) {
  p->id = id;
  p->a = calloc(1, 9);
  p->b = calloc(1, 9);
  if (!p->a || !p->b) { p_fini(p); return -1; }
  return 0;
}
int p_use(struct p *p) { return p->a[0] + p->b[0] + p->id; }
void p_free(struct p *p) { p_fini(p); free(p); }
struct p *p_new(void) { return calloc(1, sizeof(struct p)); }
)";
  FindingsFile F = solveC(Code);
  ASSERT_EQ(on(F, "p.a").size(), 1u);
  EXPECT_TRUE(StringRef(on(F, "p.a")[0]).starts_with("retsan-dangling-field"));
}

TEST(Worth, WhoClearsAPartBesideMeansTheObjectToLive) {
  // Who makes such objects is not seen.
  auto Level = [](const char *Beside) {
    FindingsFile F = solveC(std::string(R"(
void free(void *); char *strdup(const char *);
struct conf { char *user, *password; int n; };
void changed(struct conf *c) { free(c->password); free(c->user); )") +
                            Beside + R"( }
void name(struct conf *c, const char *s) { free(c->user); c->user = strdup(s); }
int first(struct conf *c) { return c->password ? c->password[0] : c->n; }
)");
    std::string Levels;
    for (const Finding &X : F.Findings)
      if (X.Subject == "conf.password")
        Levels += X.Level == Confidence::Low ? "low " : "more ";
    return Levels;
  };
  EXPECT_EQ(Level(""), "low ");
  EXPECT_EQ(Level("c->user = 0;"), "more ");
}

TEST(Worth, TheLastUsersEndIsNoneIfItClearsAPartBeside) {
  // Their users are counted: the next first one sets all of them again.
  auto Level = [](const char *Beside) {
    FindingsFile F = solveC(std::string(R"(
void free(void *); char *strdup(const char *);
static char *path, *name;
static int users;
int begin(const char *s) {
  if (++users > 1) return 1;
  path = strdup(s); name = strdup(s);
  return 1;
}
void term(void) { if (--users > 0) return; free(path); free(name); )") +
                            Beside + R"( }
int first(void) { return path ? path[0] : name[0]; }
)");
    std::string Levels;
    for (const Finding &X : F.Findings)
      if (X.Subject == "path" && X.Check == "retsan-dangling-field")
        Levels += X.Level == Confidence::Low ? "low " : "more ";
    return Levels;
  };
  EXPECT_EQ(Level(""), "low ");
  EXPECT_EQ(Level("name = 0;"), "more ");
}

TEST(Worth, BitsOfAParameterTellPathsApart) {
  // What is copied and what is only linked in goes by a flag of the caller's.
  auto Scan =
      [](const char *Flag) {
        return on(solveC(std::string(R"(
#include <stdlib.h>
#include <string.h>
enum { TEXT = 16, NODE = 32, TREE = 64 };
struct item { unsigned flags; void *data; };
struct list { struct item **items; unsigned n; };
static void add(struct list *l, void *data, unsigned flags) {
  struct item *it = malloc(sizeof *it);
  it->data = NULL;
  if ((flags & NODE) || (flags & TREE)) it->data = data;
  else it->data = strdup(data);
  it->flags = flags;
  l->items[l->n++] = it;
}
char *resolve(int);
int fill(struct list *l, int n) {
  char *s = resolve(n);
  if (!s) return -1;
  add(l, s, )") + Flag + R"();
  free(s);
  return 0;
}
char first(struct list *l) { return ((char *)l->items[0]->data)[0]; }
void end(struct list *l) {
  for (unsigned i = 0; i < l->n; i++) { free(l->items[i]->data); free(l->items[i]); }
  free(l->items);
  free(l);
}
struct list *make(void) { return calloc(1, sizeof(struct list)); }
)"),
                  "item.data", Confidence::Low);
      };
  EXPECT_FALSE(Scan("TREE").empty());
  EXPECT_EQ(Scan("TEXT"), Lines{});
}
