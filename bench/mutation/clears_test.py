#!/usr/bin/env python3
# What clears.py takes for a clear that counts, and what not; what run copies.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""usage: clears_test.py"""

import argparse
import importlib.machinery
import importlib.util
import json
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import clears  # noqa: E402


def places(source):
    clean = clears.blank(source)
    found = clears.candidates(source, clears.owned_fields([clean]), clears.nulling_macros([source]),
                              clears.starred_names([source]))
    return ["%s %s %s" % (c.kind, c.why, c.place) for c in found]


class Counted(unittest.TestCase):
    def test_free(self):
        self.assertEqual(places("void f(T *p) { free(p->a); p->a = NULL; }"), ["assign free p->a"])

    def test_free_in_a_nested_block(self):
        self.assertEqual(places("void f(T *p) { if (p->a) { free(p->a); } p->a = NULL; }"), ["assign free p->a"])

    def test_global(self):
        self.assertEqual(places("static char *g;\nvoid f(void) { free(g); g = NULL; }"), ["assign free g"])

    def test_handoff_of_an_owned_field(self):
        source = "char *f(T *p) { char *r; r = p->a; p->a = NULL; return r; }"
        self.assertEqual(places(source), [])
        self.assertEqual(places(source + "void end(T *p) { free(p->a); }"), ["assign handoff p->a"])

    def test_macro(self):
        source = "#define SAFE(x) do { free(x); (x) = NULL; } while (0)\nvoid f(T *p) {\n SAFE(p->a);\n}"
        self.assertEqual(places(source), ["macro free p->a"])

    def test_memset(self):
        self.assertEqual(places("void f(T *p) { free(p->a); memset(p, 0, sizeof(*p)); }"), ["memset free p->a"])

    def test_reset(self):
        self.assertEqual(places("void C::f() { done_ = true; cb_.reset(); }"), ["reset reset cb_"])

    def test_stored_again_on_some_ways_only(self):
        for later in ("if (x) p->a = other();", "if (x) { p->a = other(); }", "if (x) return; p->a = other();"):
            self.assertEqual(places("void f(T *p) { free(p->a); p->a = NULL; %s }" % later), ["assign free p->a"])

    def test_zero_to_a_pointer(self):
        self.assertEqual(places("struct T { char *a; int n; };\nvoid f(T *p) { free(p->a); p->a = 0; }"),
                         ["assign free p->a"])


class NotCounted(unittest.TestCase):
    def none(self, source):
        self.assertEqual(places(source), [])

    def test_nothing_was_released(self):
        self.none("void f(T *p) { p->a = NULL; }")

    def test_another_place_was_released(self):
        self.none("void f(T *p) { free(p->a->b); p->a = NULL; }")

    def test_the_record_ends(self):
        self.none("void f(T *p) { free(p->a); p->a = NULL; free(p); }")
        self.none("void t_destroy(T *p) { free(p->a); p->a = NULL; }")

    def test_a_local_record(self):
        self.none("void f(void) { T p; free(p.a); p.a = NULL; }")

    def test_a_local_pointer(self):
        self.none("void f(void) { char *a = get(); free(a); a = NULL; }")

    def test_stored_again(self):
        self.none("void f(T *p) { free(p->a); p->a = NULL; p->a = other(); }")

    def test_stored_again_in_a_block_around(self):
        self.none("void f(T *p) { if (p->a) { free(p->a); p->a = NULL; } g(p); p->a = other(); }")
        self.none("void f(T *p) { free(p->a); p->a = NULL; if (p->b) { g(p->b); } p->a = other(); }")

    def test_stored_between(self):
        self.none("void f(T *p) { free(p->a); p->a = make(); p->a = NULL; }")

    def test_the_other_branch(self):
        self.none("void f(T *p) { if (x) { free(p->a); } else { p->a = NULL; } }")

    def test_comments_and_text(self):
        self.none('void f(T *p) { /* free(p->a); */ puts("free(p->a);"); p->a = NULL; }')

    def test_a_count(self):
        self.none("struct T { char *a; int n; };\nvoid f(T *p) { free_array(p->a, p->n); p->n = 0; }")

    def test_an_element(self):
        self.none("void f(T *p) { free(p->a[i]); p->a[i] = NULL; }")


class Mutants(unittest.TestCase):
    def test_lines_stay(self):
        source = "void f(T *p) {\n  free(p->a);\n  p->a =\n    NULL;\n  g();\n}\n"
        c = clears.candidates(source, set(), {}, set())[0]
        text = clears.mutated(source, c)
        self.assertEqual(text, "void f(T *p) {\n  free(p->a);\n  ;\n\n  g();\n}\n")
        self.assertEqual((c.line, c.release_line, c.function), (3, 2, "f"))

    def test_a_macro_still_releases(self):
        source = "#define SAFE(x) { free(x); x = NULL; }\nvoid f(T *p) { SAFE(p->a); }"
        c = clears.candidates(source, set(), clears.nulling_macros([source]), set())[0]
        self.assertIn("void f(T *p) { free(p->a); }", clears.mutated(source, c))


class Copies(unittest.TestCase):
    def test_a_link_is_not_written_through(self):
        """libssh's build links compile_commands.json in its source to the last build."""
        loader = importlib.machinery.SourceFileLoader("run", os.path.join(HERE, "run"))
        run = importlib.util.module_from_spec(importlib.util.spec_from_loader("run", loader))
        loader.exec_module(run)
        with tempfile.TemporaryDirectory() as work:
            source = os.path.join(work, "p")
            os.makedirs(os.path.join(work, "build"))
            os.makedirs(source)
            real = os.path.join(work, "build", "compile_commands.json")
            text = json.dumps([{"directory": source, "file": "a.c", "command": "cc -c %s/a.c" % source}])
            with open(real, "w", encoding="utf-8") as f:
                f.write(text)
            os.symlink(real, os.path.join(source, "compile_commands.json"))
            with open(os.path.join(source, ".debian-version"), "w", encoding="utf-8") as f:
                f.write("1\n")
            package = run.Package("p", argparse.Namespace(work=work))
            package.prepare()
            with open(real, encoding="utf-8") as f:
                self.assertEqual(f.read(), text)
            self.assertEqual(package.entries[0]["directory"], os.path.join(work, "mutation", "p"))


if __name__ == "__main__":
    unittest.main()
