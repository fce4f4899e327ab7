// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Who alone retains what: ghost-retained bytes by field and, below it, by the
// stack that allocated them (by the place that stored the pointer, where the
// run kept no stacks); or what each root alone retains. As a tree map, or as a
// flame graph that grows downwards from the field.

import { hierarchy, treemap, treemapSquarify, partition } from 'd3-hierarchy';
import { checkpoint, findings } from './data.js';
import { h, s } from './dom.js';
import { bytes, percent, placeIn } from './words.js';

const width = 1160, maxFields = 120;
const hues = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Where the run kept stacks: what was allocated there. */
const stacks = checkpoint?.kept?.filter((k) => k.stack.length) ?? [];

const frameName = (f) => f.name || `${f.module.split('/').pop()}+0x${f.offset.toString(16)}`;

function stackInto(node, frames, row) {
  // The outermost frame first: the way the program went.
  for (const name of frames) {
    let next = node.children.find((c) => c.name === name);
    if (!next) node.children.push((next = { name, children: [], finding: node.finding }));
    node = next;
  }
  node.own = (node.own ?? 0) + row.bytes;
}

function byField() {
  const root = { name: 'kept through stale fields alone', children: [] };
  const seen = new Map();
  for (const f of findings) {
    if (!f.runtime?.retained_bytes || f.notes.suppressed || seen.has(f.subject_id)) continue;
    const node = { name: f.subject, children: [], finding: f };
    seen.set(f.subject_id, node);
    root.children.push(node);
    let left = f.runtime.retained_bytes;
    for (const row of stacks.filter((k) => k.subject_id === f.subject_id)) {
      stackInto(node, row.stack.map(frameName).reverse(), row);
      left -= row.bytes;
    }
    const stored = f.runtime.stored_at[0];
    if (left > 0 && node.children.length) node.own = left;
    else if (left > 0)
      node.children.push({ name: stored ? `stored at ${placeIn(stored)}` : '', children: [], own: left, finding: f });
  }
  if (root.children.length > maxFields) {
    const sorted = root.children.map((c) => [total(c), c]).sort((a, b) => b[0] - a[0]);
    const rest = sorted.splice(maxFields);
    root.children = sorted.map(([, c]) => c);
    root.children.push({ name: `${rest.length} more fields`, children: [], own: rest.reduce((sum, [n]) => sum + n, 0) });
  }
  const shared = (checkpoint?.ghost_bytes ?? 0) - root.children.reduce((sum, c) => sum + total(c), 0);
  if (shared > 0 && root.children.length) {
    const node = { name: 'several of these fields', children: [] };
    let left = shared;
    for (const row of stacks.filter((k) => /^0+$/.test(k.subject_id))) {
      stackInto(node, row.stack.map(frameName).reverse(), row);
      left -= row.bytes;
    }
    if (left > 0) node.own = left;
    root.children.push(node);
  }
  return root;
}

function byRoot() {
  const kinds = { 1: 'global variables', 3: 'threads' };
  const root = { name: 'kept by one root alone', children: [] };
  for (const [kind, name] of Object.entries(kinds)) {
    const rows = checkpoint?.roots?.filter((r) => r.kind === Number(kind)) ?? [];
    if (rows.length)
      root.children.push({ name, children: rows.map((r) => ({ name: r.name, own: r.bytes, children: [],
        title: r.module })) });
  }
  return root;
}

const total = (n) => (n.own ?? 0) + n.children.reduce((sum, c) => sum + total(c), 0);

function describe(node, whole) {
  const way = node.ancestors().reverse().slice(1).map((a) => a.data.name).filter(Boolean);
  return `${way.join(' › ')}: ${bytes(node.value)}, ${percent(node.value, whole)}`;
}

function cell(node, hue, open, whole) {
  const w = node.x1 - node.x0, height = node.y1 - node.y0;
  const choose = node.data.finding && (() => open(node.data.finding));
  const words = describe(node, whole);
  const fits = (text, more) => w > text.length * 7 + 10 && height > more;
  const name = node.data.name || node.parent.data.name;
  return s('g', { class: `cell hue-${hue} depth-${Math.min(node.depth, 4)}`, tabindex: choose ? 0 : undefined,
    role: choose ? 'button' : 'img', 'aria-label': words,
    onclick: choose, onkeydown: choose && ((e) => {
      if (e.key !== 'Enter' && e.key !== ' ') return;
      e.preventDefault();
      choose();
    }) },
    s('title', {}, words),
    s('rect', { x: node.x0, y: node.y0, width: Math.max(w, 0), height: Math.max(height, 0), rx: 3 }),
    fits(name, 16) ? s('text', { x: node.x0 + 6, y: node.y0 + 14 }, name)
      : w > 60 && height > 16 && s('text', { x: node.x0 + 6, y: node.y0 + 14 }, `${name.slice(0, Math.floor((w - 18) / 7))}…`),
    !node.children && fits(bytes(node.value), 34) &&
      s('text', { x: node.x0 + 6, y: node.y0 + 30, class: 'dim' }, bytes(node.value)));
}

function draw(data, kind, open) {
  const root = hierarchy(data).sum((n) => n.own ?? 0).sort((a, b) => b.value - a.value);
  if (!root.value) return null;
  const order = new Map(root.children.map((c, i) => [c, hues[i % hues.length]]));
  const hueOf = (n) => order.get(n.ancestors().at(-2));
  let height, shown;
  if (kind === 'map') {
    height = Math.min(340, 120 + 36 * root.leaves().length);
    treemap().tile(treemapSquarify).size([width, height]).paddingOuter(3).paddingTop(20).paddingInner(2).round(true)(root);
    for (const n of root) n.y0 -= 17, n.y1 -= 17;
    height -= 17;
    shown = root.descendants().slice(1);
  } else {
    const row = 26;
    height = (root.height + 1) * row;
    partition().size([width, height]).padding(1).round(true)(root);
    shown = root.descendants();
  }
  shown = shown.filter((n) => n.x1 - n.x0 > 1);
  return h('div', { class: 'scroll' }, s('svg', { class: `retained ${kind}`, viewBox: `0 0 ${width} ${height}`, role: 'group',
    'aria-label': `${bytes(root.value)} ${data.name}` },
    shown.map((n) => cell(n, n.depth ? hueOf(n) : 'root', open, root.value))));
}

/** The section, or null if no run said who retains what. */
export function drawRetained(open) {
  const sources = [['by field', byField()], ['by root', byRoot()]].filter(([, d]) => total(d));
  if (!sources.length) return null;
  let kind = 'map', source = 0;
  const box = h('div');
  function show() {
    const button = (words, pressed, change) => h('button', { type: 'button', 'aria-pressed': String(pressed),
      onclick: () => { change(); show(); } }, words);
    const [, data] = sources[source];
    box.replaceChildren(
      h('div', { class: 'bar' },
        h('p', { class: 'dim' }, `${bytes(total(data))} ${data.name}. A click opens the finding.`),
        h('div', { class: 'switch', role: 'group', 'aria-label': 'picture' },
          sources.length > 1 && sources.map(([name], i) => button(name, i === source, () => { source = i; })),
          button('tree map', kind === 'map', () => { kind = 'map'; }),
          button('flame graph', kind === 'flame', () => { kind = 'flame'; }))),
      draw(data, kind, open));
  }
  show();
  return box;
}
