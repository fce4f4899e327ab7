#!/usr/bin/env python3
"""Writes a random C program about records with suspect fields, the same for the same
seed. It ends, and does nothing undefined: what it tells must not depend on the level
of optimisation.

usage: random_programs.py SEED > program.c
"""
import random
import sys

HEAD = """#include <stdlib.h>
#include <string.h>
typedef struct T { void *a; char *b; int ph; unsigned bf : 3; unsigned bg : 5;
  struct T *next; void *tab[4]; struct { char *in; long n; }; } T;
void *global_slot;
static char *static_slot;
static int global_phase;
static char Block[256];
static unsigned Seed = 12345;
__attribute__((noinline)) unsigned rnd(unsigned n) {
  Seed = Seed * 1103515245 + 12345; return (Seed >> 16) % n; }
__attribute__((noinline)) static int look(const char *p) { return p ? *p : 0; }
static void clear(char **pp) { *pp = NULL; }
static void move_to(char **to, char **from) { *to = *from; *from = NULL; }
__attribute__((noinline)) static char *take(char **pp) { char *p = *pp; *pp = 0; return p; }
"""


class Writer:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.temps = 0
        self.functions = 0

    def obj(self):
        return self.r.choice(["x", "y", "x", "(rnd(2) ? x : y)"])

    def slot(self):
        o = self.obj()
        return self.r.choice([
            "(%s)->a" % o, "(%s)->b" % o, "(%s)->b" % o, "(%s)->in" % o,
            "(%s)->tab[%d]" % (o, self.r.randrange(4)),
            "(%s)->tab[i %% 4]" % o, "global_slot", "static_slot"])

    def char_slot(self):
        return self.r.choice(["x->b", "y->b", "x->in", "y->in", "static_slot"])

    def value(self):
        return self.r.choice(["NULL", "Block + %d" % self.r.randrange(200),
                              "Block + rnd(200)", self.slot()])

    def condition(self):
        return self.r.choice([
            "rnd(2)", "rnd(3) == 0", "%s != NULL" % self.slot(), "!%s" % self.slot(),
            "%s == %s" % (self.char_slot(), self.char_slot()), "x->ph > 2",
            "y->bf == 1", "global_phase & 1"])

    def statement(self, depth):
        r = self.r
        kind = r.randrange(20)
        if kind < 4:
            return "%s = %s;" % (self.slot(), self.value())
        if kind == 4:
            return "S += look(%s);" % self.slot()
        if kind == 5:
            self.temps += 1
            t = "t%d" % self.temps
            return ("{ char *%s = %s; if (%s) S += look(%s); else if (%s) S++; %s}" % (
                t, self.slot(), self.condition(), t, t,
                r.choice(["", "%s = %s; " % (self.char_slot(), t)])))
        if kind == 6:
            return "%s->ph %s %d;" % (self.obj(), r.choice(["=", "+=", "^="]),
                                      r.randrange(5))
        if kind == 7:
            return r.choice(["x->bf = %d;", "y->bg = %d;", "x->bg += %d;"]) % r.randrange(7)
        if kind == 8:
            return r.choice(["clear(&%s);" % self.char_slot(),
                             "move_to(&x->b, &y->in);", "S += look(take(&y->b));",
                             "move_to(&static_slot, &x->b);"])
        if kind == 9:
            return r.choice(["*x = *y;", "memcpy(y, x, sizeof *y);",
                             "{ T save = *x; *x = *y; *y = save; }",
                             "memset(x, 0, sizeof *x);", "*y = (T){.b = Block + 3};"])
        if kind == 10:
            a = self.char_slot()
            return "{ char **pp = %s ? &%s : &%s; if (*pp) S += **pp; %s }" % (
                self.condition(), a, self.char_slot(),
                r.choice(["", "*pp = NULL;", "*pp = Block + 9;"]))
        if kind == 11:
            return "for (void **p = x->tab; p != x->tab + 4; ++p) { if (*p) S++; %s }" % (
                r.choice(["", "*p = NULL;", "*p = Block + i;"]))
        if kind == 12:
            return "global_phase = %s;" % r.choice(["1", "2", "rnd(4)", "global_phase + 1"])
        if kind == 13:
            return ("{ T *n = malloc(sizeof *n); memset(n, 0, sizeof *n); n->b = %s; "
                    "n->next = x->next; x->next = n; }" % self.value())
        if kind == 14:
            return ("for (T **l = &x->next; *l;) { T *n = *l; if (%s) { *l = n->next; "
                    "n->b = NULL; } else l = &n->next; }" % self.condition())
        if kind == 15 and depth < 3:
            return "for (int i = 0; i < %d; ++i) {\n%s}" % (
                r.randrange(1, 5), self.block(depth + 1))
        if kind < 18 and depth < 3:
            return "if (%s) {\n%s} else {\n%s}" % (
                self.condition(), self.block(depth + 1), self.block(depth + 1))
        if kind == 18 and self.functions:
            return "S += f%d(%s, i + 1);" % (r.randrange(self.functions),
                                             r.choice(["x, y", "y, x"]))
        return "switch (rnd(3)) { case 0: %s = NULL; break; case 1: %s = %s; default: S++; }" % (
            self.slot(), self.slot(), self.value())

    def block(self, depth):
        return "".join(self.statement(depth) + "\n"
                       for _ in range(self.r.randrange(2, 6)))

    def function(self, name, static):
        return "%sint %s(T *x, T *y, int i) {\nint S = 0;\nif (i > 6) return 0;\n%sreturn S;\n}\n" % (
            static, name, self.block(0) + self.block(0))

    def program(self):
        out = [HEAD]
        for n in range(5):
            out.append(self.function("f%d" % n, self.r.choice(
                ["static ", "", "__attribute__((noinline)) static "])))
            self.functions += 1
        out.append("int main(void) {\nT *x = calloc(1, sizeof *x), *y = calloc(1, sizeof *y);\n"
                   "int S = 0;\nfor (int i = 0; i < 3; ++i)\n  S += " +
                   " + ".join("f%d(x, y, i)" % n for n in range(5)) +
                   ";\nreturn S == -1;\n}\n")
        return "".join(out)


print(Writer(int(sys.argv[1])).program())
