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
