#!/usr/bin/env python3
# Which lines bench/real-code/fixed can fix, and how.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
import importlib.machinery
import importlib.util
import os
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader("fixed", os.path.join(HERE, "fixed"))
fixed = importlib.util.module_from_spec(importlib.util.spec_from_loader("fixed", loader))
loader.exec_module(fixed)


def line(text, field):
    out = fixed.fixed_text("\n" + text, 2, field)
    return out and out.split("\n")[1]


class Fixes(unittest.TestCase):
    def test_clears_what_the_line_frees(self):
        self.assertEqual(line("free(x->f);", "f"), "{ free(x->f); x->f = 0; }")
        self.assertEqual(line("\tfree(s.a[i].f);", "f"), "\t{ free(s.a[i].f); s.a[i].f = 0; }")
        self.assertEqual(line("  bin_free(c->key, c->len);", "key"), "  { bin_free(c->key, c->len); c->key = 0; }")
        self.assertEqual(line("free(old);", "old"), "{ free(old); old = 0; }")

    def test_leaves_alone_what_it_cannot_fix(self):
        self.assertIsNone(line("free(temp);", "f"))
        self.assertIsNone(line("if (free(x->f),", "f"))
        self.assertIsNone(line("p = realloc(x->f, n);", "f"))
        self.assertIsNone(line("return close(x->f);", "f"))
        self.assertIsNone(line("x->free_f();", "f"))


if __name__ == "__main__":
    unittest.main()
