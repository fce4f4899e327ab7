# RetSan in gdb: who keeps memory alive, in a live process or a core.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Two pictures of memory are laid over each other. The untyped one: heap objects,
# which are chunks of glibc malloc, found by walking the headers, and objects of the
# runtime's own allocator, found through its tables (retsan/debugger.h); words in
# them that look like addresses; roots are all other writable memory, stacks from
# their stack pointers and registers. It says what is reachable, and what a slot
# alone keeps. The typed one: from global variables and locals of all frames along
# DWARF's types, and the runtime's table of watched slots. It says where the fields
# of a record are. Where RetSan's runtime is linked in, its tables (gigabytes of
# address space that hold the addresses of everything) are neither read nor roots.
"""retsan COMMAND: which fields keep memory that nobody will use.

  retsan findings FILE      take findings.json of `retsan scan`: what list looks for
  retsan list               objects that are in the state of a finding now
  retsan explain ADDR       what lies at ADDR and who keeps it
  retsan who-points-at ADDR every word that points into the object at ADDR
  retsan path ADDR          shortest way from a root to the object at ADDR
  retsan retained EXPR      what would be freed if EXPR (a pointer) were null
  retsan mask SUBJECT       the same for a field of all objects: hmap.oldbuckets
  retsan checkpoint         live, with RetSan's runtime: its own mark, now"""

import array
import bisect
import json
import re
import struct
from collections import deque

import gdb

WORD = 8
ARENA = 1 << 26  # where glibc begins the heaps of a thread's arena
MAX_ELEMENTS = 1 << 20


def human(n):
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if n >= size:
            return "%.1f %s" % (n / size, unit)
    return "%d byte%s" % (n, "" if n == 1 else "s")


class Segment:
    def __init__(self, start, end):
        self.start, self.end = start, end
        self._words = None

    def first(self):
        """The first two words, without reading the rest."""
        try:
            data = bytes(gdb.selected_inferior().read_memory(self.start, 2 * WORD))
            return int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")
        except gdb.MemoryError:
            return 0, 0

    def words(self):
        if self._words is None:
            words = array.array("Q")
            try:
                data = bytes(gdb.selected_inferior().read_memory(self.start, self.end - self.start))
                words.frombytes(data[:len(data) // WORD * WORD])
            except gdb.MemoryError:
                pass
            self._words = words
        return self._words


def writable_segments():
    """Of a live process from /proc, of a core from its load segments."""
    pid = gdb.selected_inferior().pid
    files = gdb.execute("info files", to_string=True)
    spans = []
    if "core dump file" not in files and pid:
        with open("/proc/%d/maps" % pid) as f:
            for line in f:
                parts = line.split()
                if "w" in parts[1] and parts[-1] not in ("[vvar]", "[vsyscall]"):
                    spans.append(tuple(int(x, 16) for x in parts[0].split("-")))
    else:
        for line in gdb.execute("maintenance info sections -all-objects", to_string=True).splitlines():
            m = re.search(r"0x([0-9a-f]+)->0x([0-9a-f]+) at 0x[0-9a-f]+: load\d+\S* (.*)", line)
            if m and "READONLY" not in m.group(3):
                spans.append((int(m.group(1), 16), int(m.group(2), 16)))
    return [Segment(a, b) for a, b in sorted(set(spans)) if b > a]


def read(address, size):
    """Bytes of the program; none where there is no memory."""
    try:
        return bytes(gdb.selected_inferior().read_memory(address, size))
    except gdb.MemoryError:
        return b""


def read_string(address):
    try:
        return gdb.Value(address).cast(gdb.lookup_type("char").pointer()).string(errors="replace")
    except gdb.error:
        return ""


class Runtime:
    """What RetSan's runtime says of itself: `struct retsan_debugger_v1`."""
    FIELDS = """version size heap_base heap_top_page page_size spans span_stride span_base
        span_count span_first_id span_object_size span_what span_in_use span_pages
        span_large_size meta state_mask flag_bits moved instances next_instance
        instance_stride instance_slot instance_value instance_subject instance_target_freed
        subject_name instance_stored instance_last_used site_file site_function
        site_line""".split()

    def __init__(self, record):
        for name, value in zip(self.FIELDS, struct.unpack("<%dQ" % len(self.FIELDS), record)):
            setattr(self, name, value)
        self._slots = None

    @classmethod
    def find(cls):
        try:
            at = int(gdb.parse_and_eval("&__retsan_debugger_v1"))
        except gdb.error:
            return None
        record = read(at, 8 * len(cls.FIELDS))
        # Not filled in yet, or of another runtime.
        if len(record) < 8 * len(cls.FIELDS) or record[:8] != (1).to_bytes(8, "little"):
            return None
        return cls(record)

    def objects(self):
        """(segment, [(start, size)]) of the allocator of its own."""
        top = read(self.heap_top_page, 8) if self.heap_base else b""
        top = int.from_bytes(top, "little")
        segment = Segment(self.heap_base, self.heap_base + top * self.page_size)
        spans, found, page = read(self.spans, top * self.span_stride), [], 0
        if len(spans) < top * self.span_stride:
            return segment, found
        while page < top:
            at = page * self.span_stride
            number = lambda offset, form: struct.unpack_from(form, spans, at + offset)[0]
            pages = number(self.span_pages, "<I")
            if spans[at + self.span_what] == self.span_in_use:
                found += self._of_span(number)
            page += max(pages, 1)
        return segment, found

    def _of_span(self, number):
        base, size = number(self.span_base, "<Q"), number(self.span_object_size, "<I")
        first = number(self.span_first_id, "<I")
        count = number(self.span_count, "<I") if size else 1
        meta = array.array("I")
        meta.frombytes(read(self.meta + 4 * first, 4 * count))
        for k, m in enumerate(meta):
            if m & self.state_mask != 1:
                continue
            start, asked = base + k * size, (m >> self.flag_bits) - 1
            if not m >> self.flag_bits:
                asked = number(self.span_large_size, "<Q")
            elif m & self.moved:
                start += int.from_bytes(read(start, 8), "little")
            yield start, asked

    def slots(self):
        """Watched slots: address -> (subject, address of its row)."""
        if self._slots is None:
            self._slots, names = {}, {}
            table = int.from_bytes(read(self.instances, 8), "little")
            rows = int.from_bytes(read(self.next_instance, 4), "little")
            data = read(table, rows * self.instance_stride)
            for row in range(1, len(data) // self.instance_stride):
                at = row * self.instance_stride
                slot, = struct.unpack_from("<Q", data, at + self.instance_slot)
                subject, = struct.unpack_from("<Q", data, at + self.instance_subject)
                if not slot or not subject:
                    continue
                if subject not in names:
                    names[subject] = read_string(
                        int.from_bytes(read(subject + self.subject_name, 8), "little"))
                self._slots[slot] = (names[subject], table + at)
        return self._slots

    def history(self, slot):
        """Where the value of a watched slot was stored and last used."""
        if slot not in self.slots():
            return ""
        row = self.slots()[slot][1]
        parts = []
        for what, offset in (("stored", self.instance_stored), ("last used", self.instance_last_used)):
            site = int.from_bytes(read(row + offset, 8), "little")
            if not site:
                continue
            name, file = (read_string(int.from_bytes(read(site + o, 8), "little"))
                          for o in (self.site_function, self.site_file))
            line = int.from_bytes(read(site + self.site_line, 4), "little")
            parts.append("%s at %s (%s:%d)" % (what, name, file.rsplit("/", 1)[-1], line))
        return ", ".join(parts)


class Heap:
    """Chunks, roots, and the edges between them."""

    def __init__(self):
        self.segments = writable_segments()
        if not self.segments:
            raise gdb.GdbError("no memory to look at: start a program or load a core")
        self.has_runtime = has_symbol("__retsan_register_v1")
        self.starts, self.sizes, self.home = [], [], []
        self.heaps = [s for s in self.segments if self._walk(s)]
        self.runtime = Runtime.find()
        if self.runtime and self.runtime.heap_base:
            own, objects = self.runtime.objects()
            # What is reserved and the tables are gigabytes that nobody may read.
            tables = (self.runtime.spans, self.runtime.meta)
            self.segments = [s for s in self.segments
                             if (s.end <= own.start or own.end <= s.start) and
                             not any(s.start <= t < s.end for t in tables)]
            self.segments = sorted(self.segments + [own], key=lambda s: s.start)
            self.heaps.append(own)
            for start, size in objects:
                self.starts.append(start)
                self.sizes.append(size)
                self.home.append(own)
        order = sorted(range(len(self.starts)), key=self.starts.__getitem__)
        self.starts = [self.starts[i] for i in order]
        self.sizes = [self.sizes[i] for i in order]
        self.home = [self.home[i] for i in order]
        self._out = {}
        self._roots = None

    def _walk(self, s):
        """True if the segment is glibc's: the main heap, a part of a thread's arena, or
        one large allocation."""
        w = s.first()
        if s.start % ARENA == 0 and s.start <= w[0] - 0x30 and (w[0] - 0x30) % ARENA == 0:
            return self._walk_arena(s, w[0] - 0x30)
        if w[0] != 0:
            return False
        if w[1] & 2 and (w[1] & ~7) == s.end - s.start:
            self._add(s, s.start, w[1] & ~7, mapped=True)
            return True
        # The first chunk of the main heap is the thread cache's.
        if w[1] != 0x291:
            return False
        self._chunks(s, s.start)
        return True

    def _walk_arena(self, s, arena):
        w = s.words()
        if arena != s.start:
            self._chunks(s, s.start + 0x30)
            return True
        # Behind the arena itself, whose size is the C library's business, the
        # thread cache comes first.
        for at in range(0x40, 0x1000, 16):
            if at // WORD + 1 < len(w) and w[at // WORD + 1] & ~6 == 0x291:
                self._chunks(s, s.start + at)
                return True
        return False

    def _chunks(self, s, at):
        first, w = at, s.words()
        while at + 16 < s.end:
            size = w[(at - s.start) // WORD + 1] & ~7
            if size < 32 or at + size > s.end:
                break
            after = (at + size - s.start) // WORD + 1
            top = after >= len(w)
            if not top and w[after] & 1 and at != first:
                self._add(s, at, size)
            at += size

    def _add(self, s, chunk, size, mapped=False):
        self.starts.append(chunk + 16)
        self.sizes.append(size - (16 if mapped else 8))
        self.home.append(s)

    def find(self, address):
        i = bisect.bisect_right(self.starts, address) - 1
        if i >= 0 and address - self.starts[i] <= self.sizes[i]:
            return i
        return -1

    def out(self, i):
        """(slot, target) of the words of a chunk that point to chunks."""
        edges = self._out.get(i)
        if edges is None:
            s, a = self.home[i], self.starts[i]
            first = (a - s.start) // WORD
            edges = self._scan(s.words()[first:first + (self.sizes[i] + 7) // WORD], a)
            self._out[i] = edges
        return edges

    def _scan(self, words, base):
        if not self.starts:
            return []
        low, high = self.starts[0], self.starts[-1] + self.sizes[-1]
        found = []
        for k, w in enumerate(words):
            if low <= w <= high:
                t = self.find(w)
                if t >= 0:
                    found.append((base + k * WORD, t))
        return found

    def roots(self):
        if self._roots is None:
            pointers = []
            for name, value in registers():
                t = self.find(value)
                if t >= 0:
                    pointers.append(("register " + name, t))
            stacks = stack_pointers()
            wanted = root_addresses(stacks) if self.has_runtime else None
            for s in self.segments:
                if s in self.heaps:
                    continue
                if wanted is not None and not any(s.start <= a < s.end for a in wanted):
                    continue
                begin = max([sp for sp in stacks if s.start <= sp < s.end] or [s.start]) & ~7
                if len([sp for sp in stacks if s.start <= sp < s.end]) > 1:
                    begin = min(sp for sp in stacks if s.start <= sp < s.end) & ~7
                pointers += self._scan(s.words()[(begin - s.start) // WORD:], begin)
            self._roots = pointers
        return self._roots

    def mark(self, masked=frozenset()):
        """What the roots reach, slots of `masked` left out: chunk -> who led there."""
        came = {}
        work = deque()
        for slot, t in self.roots():
            if slot not in masked and t not in came:
                came[t] = (None, slot)
                work.append(t)
        while work:
            i = work.popleft()
            for slot, t in self.out(i):
                if slot not in masked and t not in came:
                    came[t] = (i, slot)
                    work.append(t)
        return came

    def size_of(self, chunks):
        return sum(self.sizes[i] for i in chunks)


def has_symbol(name):
    try:
        gdb.execute("info address " + name, to_string=True)
        return True
    except gdb.error:
        return False


def root_addresses(stacks):
    """An address in each mapping that holds globals, a stack or thread-locals."""
    found = list(stacks)
    for line in gdb.execute("info files", to_string=True).splitlines():
        m = re.match(r"\s*0x([0-9a-f]+) - 0x([0-9a-f]+) is \.(data|bss|tm_clone_table)", line)
        if m:
            found += [int(m.group(1), 16), int(m.group(2), 16) - 1]
    for _ in each_thread():
        try:
            found.append(int(gdb.newest_frame().read_register("fs_base")) % (1 << 64))
        except (gdb.error, ValueError):
            pass
    return found


def each_thread():
    selected = gdb.selected_thread()
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        yield thread
    if selected:
        selected.switch()


def stack_pointers():
    found = []
    for _ in each_thread():
        # The red zone below the pointer is in use too.
        found.append(int(gdb.newest_frame().read_register("sp")) % (1 << 64) - 128)
    return found


def registers():
    names = "rax rbx rcx rdx rsi rdi rbp r8 r9 r10 r11 r12 r13 r14 r15".split()
    for _ in each_thread():
        for n in names:
            try:
                yield n, int(gdb.newest_frame().read_register(n)) % (1 << 64)
            except (gdb.error, ValueError):
                pass


# Types ---------------------------------------------------------------------------

STRUCTS = (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION)


def bare(t):
    """Without typedefs and qualifiers; an opaque record is looked up elsewhere."""
    t = t.strip_typedefs().unqualified()
    if t.code in STRUCTS and t.tag and not t.fields():
        for name in ("struct " + t.tag, t.tag):
            try:
                return gdb.lookup_type(name).strip_typedefs().unqualified()
            except gdb.error:
                pass
    return t


class Types:
    """Where the objects of each record are."""

    def __init__(self, heap):
        self.heap = heap
        self.layouts = {}
        self.objects = {}
        self.named = {}
        self._walk()

    def layout(self, t, key):
        """(pointers [(offset, type, key)], records inside [(offset, name)])"""
        if key not in self.layouts:
            self.layouts[key] = ([], [])
            pointers, inside = [], []
            self._flatten(t, 0, pointers, inside, 0)
            self.layouts[key] = (pointers, inside)
        return self.layouts[key]

    def _flatten(self, t, offset, pointers, inside, depth):
        t = bare(t)
        if depth > 8 or len(pointers) > 65536:
            return
        if t.code == gdb.TYPE_CODE_PTR:
            target = bare(t.target())
            if target.code in STRUCTS + (gdb.TYPE_CODE_PTR,):
                pointers.append((offset, target, str(target)))
        elif t.code == gdb.TYPE_CODE_ARRAY:
            low, high = t.range()
            size = bare(t.target()).sizeof
            for i in range(min(high - low + 1, 65536)):
                self._flatten(t.target(), offset + i * size, pointers, inside, depth + 1)
        elif t.code in STRUCTS:
            if t.tag:
                inside.append((offset, t.tag))
                self.named[t.tag] = t
            for f in t.fields():
                if hasattr(f, "bitpos") and not f.bitsize:
                    self._flatten(f.type, offset + f.bitpos // 8, pointers, inside, depth + 1)

    def _segment(self, address):
        for s in self.segments:
            if s.start <= address < s.end:
                return s
        return None

    def word(self, address):
        s = self._segment(address)
        at = (address - s.start) // WORD if s else 0
        return s.words()[at] if s and address % WORD == 0 and at < len(s.words()) else 0

    def _walk(self):
        heap = self.heap
        self.segments = sorted(heap.segments, key=lambda s: s.start - s.end)
        seen = set()
        work = deque((a, t, str(t)) for a, t in ((a, bare(t)) for a, t in variables()))
        while work:
            address, t, key = work.popleft()
            if (address, key) in seen:
                continue
            seen.add((address, key))
            s = self._segment(address)
            if not t.sizeof or s is None or address % WORD:
                continue
            words = s.words()
            count = 1
            i = heap.find(address)
            if i >= 0 and heap.starts[i] == address:
                count = min(max(1, heap.sizes[i] // t.sizeof), MAX_ELEMENTS)
            pointers, inside = self.layout(t, key)
            size = t.sizeof
            # An object may reach into the next segment: .data and .bss are two.
            whole = (s.end - address) // size >= count
            for k in range(count):
                base = address + k * size
                for offset, name in inside:
                    self.objects.setdefault(name, {})[base + offset] = True
                for offset, target, name in pointers:
                    value = (words[(base + offset - s.start) // WORD] if whole
                             else self.word(base + offset))
                    if value and (value, name) not in seen:
                        work.append((value, target, name))

    def record(self, name):
        short = name.split("::")[-1]
        for tag in (name, short):
            if tag in self.named:
                return self.named[tag], sorted(self.objects.get(tag, {}))
        # A typedef of a record without a tag.
        for lookup in (name, "struct " + name):
            try:
                t = bare(gdb.lookup_type(lookup))
                return t, sorted(self.objects.get(t.tag, {}))
            except gdb.error:
                pass
        return None, []


SYSTEM = re.compile(r"/(ld-linux|libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s)[-.]")


def of_the_system(symbol):
    """What libc's own variables lead to is no record of the program."""
    if symbol.symtab is None:
        return False
    objfile = symbol.symtab.objfile
    return SYSTEM.search((objfile.owner or objfile).filename or "")


def variables():
    """(address, type) of globals, statics and the locals of all frames."""
    names = set()
    for line in gdb.execute("info variables -q -n", to_string=True).splitlines():
        m = re.match(r"(?:\d+:)?\s+.*?(\w[\w:]*)(?:\[[^;]*)?;$", line)
        if m:
            names.add(m.group(1))
    for name in sorted(names):
        found = list(gdb.lookup_static_symbols(name))
        found.append(gdb.lookup_global_symbol(name))
        for symbol in found:
            if symbol is None or not symbol.is_variable or of_the_system(symbol):
                continue
            try:
                value = symbol.value()
            except (gdb.error, TypeError):
                continue
            if value.address is not None:
                yield int(value.address), value.type
    for _ in each_thread():
        frame = gdb.newest_frame()
        while frame is not None and frame.is_valid():
            try:
                block = frame.block()
            except RuntimeError:
                block = None
            while block is not None and not block.is_global and not block.is_static:
                for symbol in block:
                    if not (symbol.is_variable or symbol.is_argument):
                        continue
                    try:
                        value = frame.read_var(symbol)
                        t = bare(value.type)
                        if value.address is not None:
                            yield int(value.address), value.type
                        elif t.code == gdb.TYPE_CODE_PTR and bare(t.target()).code in STRUCTS:
                            yield int(value), t.target()
                    except (gdb.error, ValueError, NotImplementedError):
                        pass
                block = block.superblock
            frame = frame.older()


# State of the session --------------------------------------------------------------

class Session:
    """What was read, until the program moves on."""
    heap = types = findings = None

    @classmethod
    def forget(cls, *_):
        cls.heap = cls.types = None

    @classmethod
    def the_heap(cls):
        if cls.heap is None:
            cls.heap = Heap()
        return cls.heap

    @classmethod
    def the_types(cls):
        if cls.types is None:
            cls.types = Types(cls.the_heap())
        return cls.types


gdb.events.cont.connect(Session.forget)
gdb.events.new_objfile.connect(Session.forget)
gdb.events.memory_changed.connect(Session.forget)


def member(t, path):
    """(offset, type) of a field by its path in a record."""
    offset = 0
    for part in path.split("."):
        t = bare(t)
        while t.code == gdb.TYPE_CODE_ARRAY:
            t = bare(t.target())
        for f in all_fields(t):
            if f[0] == part:
                offset += f[1]
                t = f[2]
                break
        else:
            return None
    return offset, bare(t)


def all_fields(t):
    """(name, offset, type, bits) of a record, those of unnamed members included."""
    for f in t.fields():
        if not hasattr(f, "bitpos"):
            continue
        if not f.name or f.is_base_class:
            for name, offset, inner, bits in all_fields(bare(f.type)):
                yield name, f.bitpos // 8 + offset, inner, bits
        if f.name:
            yield f.name, f.bitpos // 8, f.type, f.bitsize


def watched(subject):
    """Slots of the subject in the runtime's table."""
    runtime = Session.the_heap().runtime
    return [s for s, (name, _) in runtime.slots().items() if name == subject] if runtime else []


def slots_of(subject):
    """[(slot, owner)]: all words that are the subject's, in all objects."""
    types = Session.the_types()
    record, _, path = subject.partition(".")
    while path:
        t, objects = types.record(record)
        found = member(t, path) if t is not None else None
        if found:
            offset, ft = found
            n = 1
            if ft.code == gdb.TYPE_CODE_ARRAY:
                n = ft.sizeof // WORD
            known = {a + offset + k * WORD: a for a in objects for k in range(n)}
            # Objects that only untyped pointers lead to are known to the runtime.
            for slot in watched(subject):
                known.setdefault(slot, slot - offset)
            return sorted(known.items())
        head, _, path = path.partition(".")
        record += "." + head
    found = [(slot, 0) for slot in watched(subject)]
    if found:
        return found
    try:
        value = gdb.parse_and_eval(subject)
    except gdb.error:
        raise gdb.GdbError("retsan: no record, field or variable is called '%s' here" % subject)
    if value.address is None:
        raise gdb.GdbError("retsan: '%s' is not in memory" % subject)
    return [(int(value.address) + k * WORD, 0) for k in range(max(1, value.type.sizeof // WORD))]


def phase_value(phase, owner):
    """The present value of a phase variable, or None."""
    try:
        if not phase["record_key"]:
            return int(gdb.parse_and_eval(phase["subject"]))
        record = phase["subject"][:-len(phase["path"]) - 1]
        t, _ = Session.the_types().record(record)
        value = gdb.Value(owner).cast(t.pointer()).dereference()
        for part in phase["path"].split("."):
            value = value[part]
        return int(value)
    except (gdb.error, TypeError, AttributeError):
        return None


HOLDS = {"==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
         "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
         "null": lambda a, b: a == 0, "nonnull": lambda a, b: a != 0}


def in_state(finding, owner):
    phases = {p["subject_id"]: p for p in finding["phases"]}
    for atom in finding["predicate"]:
        phase = phases.get(atom["subject_id"])
        value = phase_value(phase, owner) if phase else None
        if value is None or not HOLDS[atom["op"]](value, atom["value"]):
            return False
    return True


def word_at(address):
    return Session.the_types().word(address)


def place(slot):
    """A slot in words: a variable, a frame, an object on the heap."""
    if isinstance(slot, str):
        return slot
    heap = Session.the_heap()
    i = heap.find(slot)
    if i >= 0:
        field = field_at(slot)
        where = "0x%x in the object at 0x%x (%s)" % (slot, heap.starts[i], human(heap.sizes[i]))
        return field + ", " + where if field else where
    symbol = gdb.execute("info symbol 0x%x" % slot, to_string=True).strip()
    if not symbol.startswith("No symbol"):
        return re.sub(r" in section (\S+)( of .*)?$", r" (\1)", symbol)
    if any(abs(slot - sp) < 1 << 23 and slot >= sp for sp in stack_pointers()):
        return "0x%x on a stack" % slot
    return "0x%x" % slot


def field_at(slot):
    """"hmap.oldbuckets" if the typed walk knows an object there."""
    types = Session.the_types()
    for name, objects in types.objects.items():
        t = types.named[name]
        for fname, offset, ftype, _ in all_fields(t):
            if bare(ftype).code == gdb.TYPE_CODE_PTR and slot - offset in objects:
                return "%s.%s" % (name, fname)
    return ""


def freed_by_masking(slots):
    heap = Session.the_heap()
    before = heap.mark()
    after = heap.mark(frozenset(slots))
    gone = [i for i in before if i not in after]
    return len(gone), heap.size_of(gone), heap.size_of(before)


def need_chunks():
    if not Session.the_heap().starts:
        raise gdb.GdbError("retsan: no heap of glibc malloc or of RetSan's runtime here; "
                           "is it another allocator?")


def address_of(text):
    value = gdb.parse_and_eval(text)
    return int(value) % (1 << 64)


def chunk_of(text):
    need_chunks()
    address = address_of(text)
    i = Session.the_heap().find(address)
    if i < 0:
        raise gdb.GdbError("retsan: 0x%x is in no live heap object" % address)
    return address, i


# Commands ---------------------------------------------------------------------------

class Retsan(gdb.Command):
    def __init__(self):
        super().__init__("retsan", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


Retsan.__doc__ = __doc__


class Command(gdb.Command):
    usage = ""

    def __init__(self, name):
        super().__init__("retsan " + name, gdb.COMMAND_DATA)

    def invoke(self, argument, tty):
        if bool(argument.strip()) != bool(self.usage):
            raise gdb.GdbError("usage: retsan %s" % (self.usage or self.__doc__.split(":")[0]))
        if not gdb.selected_inferior().threads() and not isinstance(self, Findings):
            raise gdb.GdbError("retsan: no process and no core")
        self.run(argument.strip())


class Findings(Command):
    """findings FILE: what `retsan scan --format=json` wrote"""
    usage = "findings FILE"

    def run(self, argument):
        try:
            with open(argument) as f:
                data = json.load(f)
            if data.get("schema") != "retsan.findings/1":
                raise ValueError("not a RetSan findings file")
        except (OSError, ValueError) as e:
            raise gdb.GdbError("retsan: %s: %s" % (argument, e))
        Session.findings = data["findings"]
        print("%d findings" % len(Session.findings))


class List(Command):
    """list: objects that are in the state of a finding now"""

    def run(self, argument):
        if Session.findings is None:
            raise gdb.GdbError("retsan: first `retsan findings FILE`")
        heap = Session.the_heap()
        for x in Session.findings:
            try:
                slots = [(s, o) for s, o in slots_of(x["subject"])
                         if word_at(s) and in_state(x, o)]
            except gdb.GdbError as e:
                print("%s: %s" % (x["subject"], e))
                continue
            n, size, _ = freed_by_masking([s for s, _ in slots]) if slots and heap.starts else (0, 0, 0)
            state = ", ".join("%s %s %s" % (a["name"], a["op"], a["value"]) for a in x["predicate"])
            print("%s: %d of %d objects in the state {%s}; %s only through them [%s]" % (
                x["subject"], len(slots), len(slots_of(x["subject"])), state, human(size),
                x["fingerprint"]))
            for s, o in slots[:3]:
                print("  0x%x -> 0x%x" % (o or s, word_at(s)))
            if len(slots) > 3:
                print("  and %d more" % (len(slots) - 3))


class Explain(Command):
    """explain ADDR: what lies at ADDR and who keeps it"""
    usage = "explain ADDR"

    def run(self, argument):
        address, i = chunk_of(argument)
        heap, types = Session.the_heap(), Session.the_types()
        start = heap.starts[i]
        print("0x%x: byte %d of an object of %s" % (address, address - start, human(heap.sizes[i])))
        names = [n for n, objects in types.objects.items() if start in objects]
        if names:
            print("  holds: " + ", ".join(sorted(names)))
        came = heap.mark()
        if i not in came:
            print("  nothing points to it: it is leaked, or free and cached by malloc")
            return
        holders = [slot for slot, _ in heap.roots() if _ == i]
        holders += [slot for c in came for slot, t in heap.out(c) if t == i]
        for slot in holders[:8]:
            print("  kept by " + place(slot))
            told = heap.runtime.history(slot) if heap.runtime and not isinstance(slot, str) else ""
            if told:
                print("    " + told)
        if len(holders) > 8:
            print("  and %d more" % (len(holders) - 8))
        stale = set()
        for x in Session.findings or []:
            try:
                stale |= {s for s, o in slots_of(x["subject"]) if word_at(s) and in_state(x, o)}
            except gdb.GdbError:
                pass
        if stale:
            print("  " + ("reached also without fields that findings call stale"
                          if i in heap.mark(frozenset(stale)) else
                          "only stale fields keep it: nobody will use it"))


class WhoPointsAt(Command):
    """who-points-at ADDR: every word that points into the object at ADDR"""
    usage = "who-points-at ADDR"

    def run(self, argument):
        _, i = chunk_of(argument)
        heap = Session.the_heap()
        n = 0
        for slot, t in heap.roots():
            if t == i:
                n += 1
                print("root: " + place(slot))
        came = heap.mark()
        for c in range(len(heap.starts)):
            for slot, t in heap.out(c):
                if t == i and c != i:
                    n += 1
                    print(("heap: " if c in came else "unreachable: ") + place(slot))
        print("%d pointer%s" % (n, "" if n == 1 else "s"))


class Path(Command):
    """path ADDR: shortest way from a root to the object at ADDR"""
    usage = "path ADDR"

    def run(self, argument):
        _, i = chunk_of(argument)
        heap = Session.the_heap()
        came = heap.mark()
        if i not in came:
            print("no root leads there")
            return
        way = []
        at = i
        while at is not None:
            parent, slot = came[at]
            way.append((slot, at))
            at = parent
        for slot, c in reversed(way):
            print("%s -> 0x%x (%s)" % (place(slot), heap.starts[c], human(heap.sizes[c])))


class Retained(Command):
    """retained EXPR: what would be freed if EXPR were null"""
    usage = "retained EXPR"

    def run(self, argument):
        need_chunks()
        value = gdb.parse_and_eval(argument)
        if value.address is None:
            raise gdb.GdbError("retsan: '%s' is not in memory; give a variable or a field" % argument)
        n, size, all_bytes = freed_by_masking([int(value.address)])
        print("%s in %d object%s only through %s (reachable: %s)" % (
            human(size), n, "" if n == 1 else "s", argument, human(all_bytes)))


class Mask(Command):
    """mask SUBJECT: what would be freed if the field were null in all objects"""
    usage = "mask SUBJECT"

    def run(self, argument):
        need_chunks()
        slots = slots_of(argument)
        held = [s for s, _ in slots if word_at(s)]
        n, size, all_bytes = freed_by_masking(held)
        print("%s in %d object%s only through %s: set in %d of %d (reachable: %s)" % (
            human(size), n, "" if n == 1 else "s", argument, len(held), len(slots),
            human(all_bytes)))


class Checkpoint(Command):
    """checkpoint: live, with RetSan's runtime: its own mark, now"""

    def run(self, argument):
        try:
            n = int(gdb.parse_and_eval("((unsigned long (*)(void))retsan_checkpoint)()"))
        except gdb.error as e:
            raise gdb.GdbError("retsan: no live process with RetSan's runtime: %s" % e)
        print("%s only stale fields keep, says the runtime" % human(n))


Retsan()
Checkpoint("checkpoint")
Findings("findings")
List("list")
Explain("explain")
WhoPointsAt("who-points-at")
Path("path")
Retained("retained")
Mask("mask")
