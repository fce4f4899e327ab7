# Which statements of a C or C++ source are deliberate clears that matter: a rule
# over the text alone, which knows nothing of the engine that it is there to judge.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A candidate is a statement that empties a place (`p->f = NULL;`, a nulling macro,
`f.reset();`, `memset(p, 0, sizeof *p);`) and

  1. follows, in the same function, in the same block or from one nested in it, and
     with no store to the place between, either
       free     a call whose name says that it gives its argument back (free, unref,
                destroy, close, ...) with the place as an argument, or `delete place`;
       handoff  `x = place;`, where x is returned, released afterwards, or is itself
                a field or an out-parameter, and a field of that name is released
                somewhere in the package (it is owned);
  2. empties a field or a variable (no array element, no `*out`) in a record that outlives the function: behind a pointer or a
     reference, a member, or a variable at file scope; not a local, not a record that
     this function releases, not in a function whose name says that the record ends
     (destroy, free, fini, ~);
  3. is not followed by a store to the same place that every way on from it meets: in its
     block or one around it, with nothing that leaves between;
  4. empties a pointer: where it stores a plain 0, some line of the package declares
     the name with a star.

Places are compared by their spelling without blanks."""

import re

NULL = r"(?:NULL|nullptr|0|\(void\s*\*\)\s*0)"
# A field or a variable: elements of arrays and targets of out-parameters are no fields.
PLACE = r"(?:this\s*->\s*)?[A-Za-z_]\w*(?:\s*(?:->|\.)\s*[A-Za-z_]\w*)*"
RELEASES = re.compile(
    r"(?:^|_|[a-z])(?:free|destroy|release|unref|decref|dispose|delete|close|cleanup|"
    r"Free|Destroy|Release|Unref|Close|Delete|put)(?:$|_|[A-Z0-9])|^x?free\w*$|free$|_free\w*$")
ENDS = re.compile(r"(?:destroy|destruct|free|fini|finish|delete|dealloc|dispose|cleanup|shutdown|"
                  r"teardown|terminate|exit|gc|Destroy|Free|Delete|Dealloc)(?:_|$|[A-Z0-9])|~|^main$")
CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
KEYWORDS = {"if", "for", "while", "switch", "return", "sizeof", "do", "else", "case", "goto"}


class Candidate:
    """One clear: offsets of the text to take out and what to put there."""

    def __init__(self, kind, why, place, function, line, begin, end, replacement, release_line):
        self.kind, self.why, self.place = kind, why, place
        self.function, self.line = function, line
        self.begin, self.end, self.replacement = begin, end, replacement
        self.release_line = release_line

    def field(self):
        return re.split(r"->|\.", self.place)[-1].split("[")[0]


def blank(text):
    """The text with comments, literals and preprocessor lines made of blanks."""
    def spaces(m):
        return re.sub(r"[^\n]", " ", m.group(0))

    def literal(m):
        s = m.group(0)
        return s[0] + " " * (len(s) - 2) + s[-1] if len(s) > 1 else s

    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    text = pattern.sub(lambda m: spaces(m) if m.group(0)[0] == "/" else literal(m), text)
    return re.sub(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", spaces, text, flags=re.M)


def functions(clean):
    """(name, begin, end) of each function body; braces at line starts resynchronise."""
    depth, start, name, found, i = 0, None, None, [], 0
    transparent = 0
    for m in re.finditer(r"[{}]", clean):
        i = m.start()
        at_line_start = i == 0 or clean[i - 1] == "\n"
        if m.group(0) == "{":
            if start is None:
                head = clean[max(0, i - 600):i]
                head = head[max(head.rfind(";"), head.rfind("}"), head.rfind("{")) + 1:]
                h = re.search(r"([~\w]+(?:\s*::\s*[~\w]+)*)\s*\([^;{}]*\)[\w\s:,()&>.*<-]*$", head)
                if h and not re.search(r"\b(?:struct|class|enum|union|namespace)\s+\w+\s*$", head) \
                        and h.group(1) not in KEYWORDS and "=" not in head.split("(")[0]:
                    start, depth = i, 1
                    name = re.sub(r"\s", "", h.group(1)).split("::")[-1]
                else:
                    transparent += 1
            else:
                depth += 1
        elif start is not None:
            depth -= 1
            if depth == 0 or (at_line_start and not transparent):
                if depth == 0:
                    found.append((name, start, i + 1))
                start, depth = None, 0
        elif transparent:
            transparent -= 1
    return found


def squeeze(place):
    return re.sub(r"\s", "", place)


def mentions(place):
    """A pattern for the place as a whole: not part of a longer one."""
    parts = [re.escape(p) for p in re.findall(r"->|\.|\[|\]|\*|\w+|[^\s\w]", place)]
    return r"(?<![\w>.])(?:\(\s*)?" + r"\s*".join(parts) + r"(?!\s*(?:->|\.|\[|\())(?!\w)"


class Body:
    def __init__(self, clean, name, begin, end):
        self.text = clean[begin:end]
        self.name, self.begin = name, begin
        head_from = max(clean.rfind(";", 0, begin), clean.rfind("}", 0, begin))
        self.head = clean[head_from + 1:begin]
        # Block of each offset: the offsets of the open braces around it.
        self.stack_at = []
        stack = []
        for i, c in enumerate(self.text):
            if c == "{":
                stack = stack + [i]
            self.stack_at.append(stack)
            if c == "}" and stack:
                stack = stack[:-1]

    def encloses(self, outer, inner):
        """The block of `outer` holds `inner`."""
        a, b = self.stack_at[outer], self.stack_at[inner]
        return b[:len(a)] == a

    def is_local(self, name):
        return bool(re.search(r"(?:^|[;{}(,])\s*(?:(?:const|static|struct|unsigned|auto|enum|volatile)\s+)*"
                              r"[A-Za-z_][\w:]*(?:<[^;<>]*>)?(?:\s+|\s*[*&]+\s*)(?:\w+[^;]*,\s*\**)?%s\s*(?:[=;,)\[]|$)"
                              % re.escape(name), self.text + ";", re.M)) or self.is_parameter(name)

    def is_static(self, name):
        return bool(re.search(r"\bstatic\b[^;]*\b%s\b" % re.escape(name), self.text))

    def is_parameter(self, name):
        return bool(re.search(r"[(,][^(),]*\b%s\s*(?:\[[^\]]*\])?\s*(?=[,)])" % re.escape(name), self.head))


def releases_of(body, place, upto):
    """Offsets of calls before `upto` that give the place back."""
    for m in re.finditer(mentions(place), body.text[:upto]):
        before = body.text[:m.start()]
        statement = before[max(before.rfind(c) for c in ";{}") + 1:]
        if re.search(r"\bdelete\s*(?:\[\s*\])?\s*$", statement):
            yield m.start()
            continue
        calls = [c for c in CALL.finditer(statement) if c.group(1) not in KEYWORDS]
        if calls and RELEASES.search(calls[-1].group(1)):
            inside = statement[calls[-1].end():]
            if inside.count(")") <= inside.count("("):
                yield m.start()


def stored_between(body, place, begin, end):
    return re.search(mentions(place) + r"\s*\)?\s*=(?!=)", body.text[begin:end]) is not None


LEAVES = re.compile(r"\b(?:return|goto|break|continue|throw|co_return)\b")


def overwritten(body, place, begin, end):
    """Whoever passes the clear at `begin`..`end` meets a later store to the place."""
    for m in re.finditer(mentions(place) + r"\s*\)?\s*=(?!=)", body.text[end:]):
        at = end + m.start()
        before = body.text[end:at]
        whole = not before[max(before.rfind(c) for c in ";{}") + 1:].strip(" \t\n(")
        if whole and body.encloses(at, begin) and not LEAVES.search(before):
            return True
    return False


def released_after(body, name, begin):
    for m in re.finditer(r"\b%s\b" % re.escape(name), body.text[begin:]):
        before = body.text[:begin + m.start()]
        statement = before[max(before.rfind(c) for c in ";{}") + 1:]
        calls = [c for c in CALL.finditer(statement) if c.group(1) not in KEYWORDS]
        if re.search(r"\breturn\s*\(?\s*$", statement) or re.search(r"\bdelete\s*(?:\[\s*\])?\s*$", statement):
            return True
        if calls and RELEASES.search(calls[-1].group(1)):
            return True
        if re.search(r"(?:->|\.)\s*\w+\s*=\s*$|\*\s*\w+\s*=\s*$", statement):
            return True
    return False


def outlives(body, place, at, globals_):
    """The record that holds the place is still there when the function returns."""
    if ENDS.search(body.name):
        return False
    parts = re.split(r"->|\.|\[", place)
    base = parts[0]
    if base == "this":
        return True
    direct = not re.match(r"\w+->", place)
    local = body.is_local(base) and not body.is_static(base)
    if len(parts) == 1:  # a variable, or a member without `this`
        return not local and (base in globals_ or base.endswith("_") or base.startswith("m_"))
    if direct and local and "&" not in body.head:
        return False
    for m in re.finditer(r"\b%s\b(?!\s*(?:->|\.|\[))" % re.escape(base), body.text):
        before = body.text[:m.start()]
        statement = before[max(before.rfind(c) for c in ";{}") + 1:]
        calls = [c for c in CALL.finditer(statement) if c.group(1) not in KEYWORDS]
        if calls and RELEASES.search(calls[-1].group(1)):
            return False
        if re.search(r"\bdelete\s*$", statement):
            return False
    return True


def owned_fields(texts):
    """Names of fields that some statement of the package gives back."""
    owned = set()
    for clean in texts:
        for m in re.finditer(r"\b([A-Za-z_]\w*)\s*\(\s*(?:\([^()]*\)\s*)?&?((?:\w|->|\.|\[[^\]]*\])+)\s*[,)]", clean):
            if RELEASES.search(m.group(1)):
                owned.add(re.split(r"->|\.", m.group(2))[-1].split("[")[0])
        for m in re.finditer(r"\bdelete\s*(?:\[\s*\])?\s*((?:\w|->|\.)+)", clean):
            owned.add(re.split(r"->|\.", m.group(1))[-1])
    return owned


def nulling_macros(texts):
    """Macros of one parameter that release it and null it: name -> releasing call."""
    macros = {}
    for raw in texts:
        for m in re.finditer(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\((\w+)\)((?:[^\n\\]|\\.|\\\n)*)", raw, re.M):
            name, p, text = m.groups()
            clear = re.search(r"\(?\b%s\b\)?\s*=\s*%s\s*;?" % (p, NULL), text)
            call = re.search(r"\b(\w+)\s*\(\s*(?:\([^()]*\)\s*)?\(?\s*%s\s*\)?\s*\)" % p, text)
            if clear and call and RELEASES.search(call.group(1)):
                macros[name] = call.group(1)
    return macros


def file_scope_names(clean, bodies):
    outside = list(clean)
    for _, b, e in bodies:
        outside[b:e] = " " * (e - b)
    text = "".join(outside)
    return set(re.findall(r"^(?:static\s+|extern\s+)?[A-Za-z_][\w:\s<>]*[\s*&]+(\w+)\s*(?:\[[^\]]*\])*\s*[=;]", text, re.M))


def starred_names(texts):
    """Names that some line declares as pointers."""
    return {m.group(1) for t in texts for m in re.finditer(r"\*\s*(?:const\s+)?(\w+)\s*(?:[;,=)]|\[)", t)}


def candidates(raw, owned, macros, starred):
    """The clears of one source file, in order."""
    clean = blank(raw)
    bodies = functions(clean)
    globals_ = file_scope_names(clean, bodies)
    line_of = lambda offset: clean.count("\n", 0, offset) + 1
    found = []
    assign = re.compile(r"(?<=[;{}:)])(\s*)(?:else\b)?\s*(%s)\s*=\s*%s\s*;" % (PLACE, NULL))
    reset = re.compile(r"(?<=[;{}:)])(\s*)(%s)\s*(?:\.|->)\s*reset\s*\(\s*(?:nullptr)?\s*\)\s*;" % PLACE)
    for name, begin, end in bodies:
        body = Body(clean, name, begin, end)
        for pattern, kind in ((assign, "assign"), (reset, "reset")):
            for m in pattern.finditer(body.text):
                if re.match(r"\s*else\b", m.group(0)):
                    continue
                place = squeeze(m.group(2))
                at = m.start(2)
                if not outlives(body, place, at, globals_):
                    continue
                if re.search(r"=\s*0\s*;$", m.group(0)) and \
                        re.split(r"->|\.", place)[-1] not in starred:
                    continue
                if overwritten(body, place, at, m.end()):
                    continue
                why, where = None, None
                releases = [r for r in releases_of(body, place, at)
                            if body.encloses(at, r) and not stored_between(body, place, r, at)]
                if kind == "reset":
                    why, where = "reset", at
                elif releases:
                    why, where = "free", releases[-1]
                else:
                    handoff = None
                    for h in re.finditer(r"(%s)\s*=\s*(?:\([^()]*\)\s*)?%s\s*;" % (PLACE, mentions(place)),
                                         body.text[:at]):
                        if body.encloses(at, h.start()) and not stored_between(body, place, h.end(), at):
                            handoff = h
                    if handoff:
                        target = squeeze(handoff.group(1))
                        field = re.split(r"->|\.", place)[-1].split("[")[0]
                        simple = re.fullmatch(r"\w+", target)
                        if field in owned and (not simple or released_after(body, target, m.end())):
                            why, where = "handoff", handoff.start()
                if why:
                    found.append(Candidate(kind, why, place, name, line_of(begin + at), begin + at,
                                           begin + m.end(), ";", line_of(begin + where)))
        for m in re.finditer(r"\b(%s)\s*\(\s*(%s)\s*\)\s*;" % ("|".join(map(re.escape, macros)) or "(?!)", PLACE),
                             body.text):
            place = squeeze(m.group(2))
            if outlives(body, place, m.start(), globals_) and not overwritten(
                    body, place, m.start(), m.end()):
                at = begin + m.start()
                found.append(Candidate("macro", "free", place, name, line_of(at), at, begin + m.end(),
                                       "%s(%s);" % (macros[m.group(1)], m.group(2)), line_of(at)))
        for m in re.finditer(r"\b(?:memset|bzero)\s*\(\s*&?\s*(%s)\s*,(?:\s*0\s*,)?\s*sizeof[^;]*;" % PLACE, body.text):
            record = squeeze(m.group(1))
            freed = None
            for f in re.finditer(re.escape(record) + r"\s*(?:->|\.)\s*\w+", body.text[:m.start()]):
                place = squeeze(f.group(0))
                if any(body.encloses(m.start(), r) for r in releases_of(body, place, m.start())):
                    freed = (place, f.start())
            if freed and outlives(body, freed[0], m.start(), globals_):
                at = begin + m.start()
                found.append(Candidate("memset", "free", freed[0], name, line_of(at), at, begin + m.end(), ";",
                                       line_of(begin + freed[1])))
    found.sort(key=lambda c: c.begin)
    return found


def mutated(raw, c):
    """The source without the clear; as many lines as before."""
    cut = raw[c.begin:c.end]
    return raw[:c.begin] + c.replacement + "\n" * cut.count("\n") + raw[c.end:]
