// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The states that a record can be in between two calls, laid out by dagre: the
// witness in colour and numbered, who would read the field and who clears it
// beside the state of the finding.

import dagre from '@dagrejs/dagre';
import { h, s } from './dom.js';
import { state as stateText, place } from './words.js';

const charWidth = 7.3, lineHeight = 17, padding = 12;
const maxCalls = 3;

const same = (a, b) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
const sorted = (o) => Object.entries(o ?? {}).sort();

/** The graph of the scan, or the path of the witness if it kept none. */
function graphOf(f) {
  if (f.graph?.states?.length) return f.graph;
  const g = { states: [{ state: {}, start: true }], edges: [], hidden: 0 };
  let at = 0;
  f.witness.forEach((w, i) => {
    const last = i === f.witness.length - 1;
    let now = w.state && Object.keys(w.state).length ? w.state : last ? f.state : {};
    if (!Object.keys(now).length) now = { after: w.call };
    let to = g.states.findIndex((n) => same(n.state, now));
    if (to < 0) to = g.states.push({ state: now }) - 1;
    g.edges.push({ from: at, to, call: w.call, file: w.file, line: w.line, note: w.note });
    at = to;
  });
  g.states[at].bad = true;
  return g;
}

const known = (o) => o && Object.keys(o).length;

/** Whether edge e can be step i of the witness. */
function fits(f, g, e, i) {
  const w = f.witness[i], before = i ? f.witness[i - 1].state : undefined;
  return w.call === e.call && w.file === e.file && w.line === e.line &&
    (!known(w.state) || same(g.states[e.to].state, w.state)) &&
    (!known(before) || same(g.states[e.from].state, before));
}

/** Edges by their step of the witness, from 1: one walk from a start into the finding's state. */
function walkOf(f, g) {
  const steps = new Map();
  const go = (at, i) => {
    if (i === f.witness.length) return !!g.states[at].bad;
    return g.edges.some((e) => {
      if (e.from !== at || steps.has(e) || !fits(f, g, e, i)) return false;
      steps.set(e, i + 1);
      return go(e.to, i + 1) || (steps.delete(e), false);
    });
  };
  const starts = g.states.map((n, i) => i).filter((i) => g.states[i].start);
  // The first step may make the object: it leads into a start.
  for (const first of [0, 1])
    for (const at of starts)
      if (first < f.witness.length && (!first || same(g.states[at].state, f.witness[0].state)) && go(at, first))
        return steps;
  for (const e of g.edges) {
    const i = f.witness.findIndex((w, n) => fits(f, g, e, n));
    if (i >= 0) steps.set(e, i + 1);
  }
  return steps;
}

/** States that look the same become one, unless the witness would step in place then. */
function merged(g, steps) {
  const index = new Map(), to = [], states = [];
  for (const n of g.states) {
    const key = JSON.stringify([sorted(n.state), !!n.bad]);
    if (!index.has(key)) index.set(key, states.push({ ...n }) - 1);
    to.push(index.get(key));
    states[index.get(key)].start ||= n.start;
  }
  const edges = [], moved = new Map();
  for (const e of g.edges) {
    const edge = { ...e, from: to[e.from], to: to[e.to] };
    if (steps.has(e)) {
      if (edge.from === edge.to) return { g, steps };
      moved.set(edge, steps.get(e));
    }
    if (edge.from !== edge.to) edges.push(edge);
  }
  return { g: { ...g, states, edges }, steps: moved };
}

/** Edges between the same two states become one, the witness first. */
function bundle(g, steps) {
  const out = new Map();
  for (const e of g.edges) {
    const key = `${e.from} ${e.to}`;
    if (!out.has(key)) out.set(key, { from: e.from, to: e.to, calls: [], step: 0 });
    const b = out.get(key), step = steps.get(e);
    if (step && !b.step) {
      b.step = step;
      b.calls.unshift(e);
    } else if (!b.calls.some((c) => c.call === e.call)) {
      b.calls.push(e);
    }
  }
  return [...out.values()];
}

function linesOf(b) {
  const lines = b.calls.slice(0, maxCalls).map((e, i) => ({
    text: `${b.step && !i ? b.step + '. ' : ''}${e.call}`,
    title: [e.call, place(e), e.note].filter(Boolean).join('  '),
  }));
  const first = b.calls[0];
  if (b.step && first.note) lines.splice(1, 0, { text: first.note, dim: true });
  const more = b.calls.length - maxCalls;
  if (more > 0)
    lines.push({ text: `and ${more} more`, dim: true,
                 title: b.calls.slice(maxCalls).map((e) => e.call).join(', ') });
  return lines;
}

const sizeOf = (lines) => lines.length === 0 ? { width: 12, height: 12 } : ({
  width: Math.max(...lines.map((l) => l.length)) * charWidth + 2 * padding,
  height: lines.length * lineHeight + padding,
});

function textBlock(lines, x, y, attributes) {
  const top = y - ((lines.length - 1) * lineHeight) / 2;
  return s('text', { 'text-anchor': 'middle', ...attributes },
    lines.map((l, i) => s('tspan', { x, y: top + i * lineHeight + 4, class: l.dim ? 'dim' : undefined },
      l.text ?? l, l.title && s('title', {}, l.title))));
}

function curve(points) {
  let d = `M${points[0].x},${points[0].y}`;
  for (let i = 1; i < points.length - 1; ++i) {
    const p = points[i], q = points[i + 1];
    const end = i === points.length - 2 ? q : { x: (p.x + q.x) / 2, y: (p.y + q.y) / 2 };
    d += ` Q${p.x},${p.y} ${end.x},${end.y}`;
  }
  return points.length === 2 ? `${d} L${points[1].x},${points[1].y}` : d;
}

function label(n) {
  const pairs = Object.entries(n.state ?? {}).map(([k, v]) => `${k} = ${v}`);
  if (n.start && !pairs.length) return ['not alive yet'];
  return pairs.length ? pairs : ['any other state'];
}

export function drawGraph(f, serial) {
  const all = graphOf(f);
  if (!all.states.length || !all.edges.length) return null;
  const { g, steps } = merged(all, walkOf(f, all));
  const layout = new dagre.graphlib.Graph({ multigraph: true });
  layout.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 30, edgesep: 18, marginx: 14, marginy: 14 });
  const nodes = g.states.map((n, i) => ({ ...n, key: `s${i}`, lines: label(n), kind: n.bad ? 'bad' : 'state' }));
  const bad = nodes.find((n) => n.bad);
  const links = bundle(g, steps).map((b) => ({ ...b, from: `s${b.from}`, to: `s${b.to}`, lines: linesOf(b) }));
  // A first step that makes the object leads to its first state from nowhere.
  const [made] = f.witness, born = nodes.find((n) => n.start);
  if (made && born && same(born.state, made.state) && !links.some((l) => l.step === 1)) {
    nodes.push({ key: 'born', kind: 'born', lines: [] });
    links.push({ from: 'born', to: born.key, step: 1, calls: [made], lines: linesOf({ step: 1, calls: [{ ...made, note: '' }] }) });
  }
  if (bad) {
    const beside = (list, kind, what, toward) => list.slice(0, 4).forEach((p, i) => {
      const n = { key: kind + i, kind, lines: [p.function || place(p), what(p)].filter(Boolean),
                  title: place(p) };
      nodes.push(n);
      links.push({ from: toward ? bad.key : n.key, to: toward ? n.key : bad.key, kind, lines: [] });
    });
    beside(f.readers?.length ? f.readers : f.uses.map((p) => ({ ...p, needs: '' })), 'reader',
      (p) => (p.needs ? `reads it only while ${p.needs}` : 'would use it'), true);
    beside(f.clearers, 'clearer', () => 'clears it', true);
  }
  for (const n of nodes) layout.setNode(n.key, Object.assign(n, sizeOf(n.lines)));
  links.forEach((l, i) => {
    const size = l.lines.length ? sizeOf(l.lines.map((x) => x.text)) : { width: 0, height: 0 };
    layout.setEdge(l.from, l.to, { ...size, labelpos: 'c', weight: l.step ? 8 : 1, link: l }, String(i));
  });
  dagre.layout(layout);

  const { width, height } = layout.graph();
  const arrow = (kind) => s('marker', { id: `arrow-${kind}-${serial}`, viewBox: '0 0 8 8', refX: 7, refY: 4,
    markerWidth: 7, markerHeight: 7, orient: 'auto-start-reverse', class: `arrow ${kind}` },
    s('path', { d: 'M0,0 L8,4 L0,8 z' }));
  const edges = [], labels = [];
  for (const id of layout.edges()) {
    const e = layout.edge(id), l = e.link;
    const kind = l.kind ?? (l.step ? 'witness' : 'other');
    edges.push({ order: l.step ? 1 : 0, node: s('path', { d: curve(e.points), class: `edge ${kind}`,
      'marker-end': kind === 'reader' ? undefined : `url(#arrow-${kind}-${serial})` }) });
    if (l.lines.length)
      labels.push(s('g', { class: `edge-label ${kind}` },
        s('rect', { x: e.x - e.width / 2 + 6, y: e.y - e.height / 2 + 2, width: e.width - 12,
                    height: e.height - 4, rx: 4 }),
        textBlock(l.lines, e.x, e.y)));
  }
  edges.sort((a, b) => a.order - b.order);
  const boxes = nodes.map((n) => n.kind === 'born' ? s('circle', { class: 'born', cx: n.x, cy: n.y, r: 5 }) : s('g', { class: `node ${n.kind}${n.start ? ' start' : ''}` },
    n.title && s('title', {}, n.title),
    s('rect', { x: n.x - n.width / 2, y: n.y - n.height / 2, width: n.width, height: n.height,
                rx: n.kind === 'state' || n.kind === 'bad' ? 14 : 3 }),
    n.bad && s('rect', { class: 'inner', x: n.x - n.width / 2 + 4, y: n.y - n.height / 2 + 4,
                         width: n.width - 8, height: n.height - 8, rx: 11 }),
    textBlock(n.lines.map((text, i) => ({ text, dim: i > 0 && n.kind !== 'state' && n.kind !== 'bad' })), n.x, n.y)));
  const told = f.witness.map((w, i) => `${i + 1}. ${w.call}${w.note ? ': ' + w.note : ''}`).join('; ');
  const drawing = s('svg', { class: 'graph', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img',
    'aria-label': `States between two calls. The way into this finding: ${told}; then ${stateText(f.state)}` },
    s('defs', {}, ['witness', 'other', 'clearer'].map(arrow)),
    edges.map((e) => e.node), labels, boxes);
  // Smaller rather than cut off, as long as it can be read.
  drawing.style.minWidth = `${Math.round(width * 0.7)}px`;
  return h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': 'state graph' }, drawing,
    g.hidden > 0 && h('p', { class: 'dim' }, `and ${g.hidden} more states`));
}
