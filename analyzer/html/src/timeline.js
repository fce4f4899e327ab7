// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The life of one value, on one of two clocks: seconds, or megabytes that the
// program allocated meanwhile. Below it, what all values of the field cost by
// phase of their lives (lag, use, drag, void).

import { h, s } from './dom.js';
import { bytes, number, percent, place } from './words.js';

const width = 860, left = 12, right = 12, barTop = 20, barHeight = 26;

/** Which stretch of a life ends where: [name, from, to, class]. */
function stretches(events, clock) {
  const at = (what) => events.find((e) => e.what === what)?.[clock];
  const stored = at('stored') ?? 0, ended = at('ended');
  const first = at('first used'), last = at('last used'), freed = at('freed');
  const held = freed ?? ended;
  const out = [];
  if (last === undefined) out.push(['never used', stored, held, 'void']);
  else
    out.push(['before its first use', stored, first ?? stored, 'lag'],
             ['in use', first ?? stored, last, 'use'], ['drag', last, held, 'drag']);
  if (freed !== undefined) out.push(['dangling', freed, ended, 'dangling']);
  return out.filter(([, from, to]) => to > from);
}

function bar(life, clock) {
  const events = life.events;
  const begin = Math.min(...events.map((e) => e[clock]));
  const end = Math.max(...events.map((e) => e[clock]));
  const x = (v) => left + ((v - begin) / (end - begin || 1)) * (width - left - right);
  const unit = clock === 's' ? 's' : 'MB allocated';
  const parts = stretches(events, clock).map(([name, from, to, kind]) =>
    s('g', { class: `life ${kind}` },
      s('rect', { x: x(from), y: barTop, width: Math.max(x(to) - x(from), 2), height: barHeight }),
      s('title', {}, `${name}: ${number(to - from)} ${unit}`),
      x(to) - x(from) > name.length * 7.5 &&
        s('text', { x: (x(from) + x(to)) / 2, y: barTop + barHeight / 2 + 4, 'text-anchor': 'middle' }, name)));
  // Labels get a row of their own where they would run into each other.
  const rows = [];
  const flags = events.map((e) => {
    const where = e.at ? ` ${e.at.function || place(e.at)}` : '';
    const text = `${e.what === 'entered' ? 'state entered' : e.what}${where}`;
    const w = text.length * 7.1 + 10;
    let from = Math.min(Math.max(x(e[clock]) + 5, left), width - right - w);
    const row = rows.findIndex((r) => r < from - 6);
    const n = row < 0 ? rows.push(0) - 1 : row;
    rows[n] = from + w;
    return { e, text, from, n };
  });
  const height = barTop + barHeight + 16 + rows.length * 18 + 22;
  const marks = flags.map(({ e, text, from, n }) => {
    const y = barTop + barHeight + 20 + n * 18, at = x(e[clock]);
    return s('g', { class: `flag ${e.what.replace(' ', '-')}` },
      s('line', { x1: at, x2: at, y1: barTop - 6, y2: y }),
      s('circle', { cx: at, cy: barTop - 6, r: 3.5 }),
      s('text', { x: from, y: y + 1 }, text),
      s('title', {}, `${text} at ${number(e[clock])} ${unit}${e.at ? ', ' + place(e.at) : ''}`));
  });
  return s('svg', { class: 'timeline', viewBox: `0 0 ${width} ${height}`, role: 'img',
    'aria-label': events.map((e) => `${e.what} at ${number(e[clock])} ${unit}`).join(', ') + '; ' + life.end },
    parts, marks,
    s('text', { x: left, y: height - 4, class: 'axis' }, `${number(begin)} ${unit}`),
    s('text', { x: width - right, y: height - 4, class: 'axis', 'text-anchor': 'end' }, `${number(end)} ${unit}`));
}

const phaseNames = { lag: 'before the first use', use: 'in use', drag: 'after the last use', void: 'never used' };

function sums(phases, clock) {
  const key = clock === 's' ? 'MB*s' : 'MB*MBalloc';
  const parts = Object.entries(phaseNames).map(([name, words]) => ({ name, words, v: phases[name][key] }));
  const total = parts.reduce((sum, p) => sum + p.v, 0);
  if (!total) return null;
  return h('div', { class: 'sums' },
    h('div', { class: 'sumbar' }, parts.filter((p) => p.v > 0).map((p) => {
      const part = h('span', { class: `life ${p.name}`, title: `${p.words}: ${number(p.v)} ${key}` });
      part.style.width = `${(100 * p.v) / total}%`;
      return part;
    })),
    h('ul', { class: 'legend' }, parts.filter((p) => p.v > 0).map((p) =>
      h('li', {}, h('i', { class: `life ${p.name}` }), `${p.words}: ${percent(p.v, total)} (${number(p.v)} ${key})`))));
}

export function drawTimeline(f) {
  const { life, phases } = f.runtime ?? {};
  if (!life && !phases) return null;
  const box = h('div', { class: 'times' });
  function show(clock) {
    const button = (name, words) => h('button', { type: 'button', 'aria-pressed': String(clock === name),
      onclick: () => show(name) }, words);
    const total = phases && sums(phases, clock);
    box.replaceChildren(
      h('div', { class: 'switch', role: 'group', 'aria-label': 'clock' },
        button('MBalloc', 'megabytes allocated'), button('s', 'seconds')),
      ...(life ? [h('p', {}, `The value that cost most: ${bytes(life.bytes)}, ${life.end}.`),
                  h('div', { class: 'scroll' }, bar(life, clock))] : []),
      ...(total ? [h('p', {}, 'All values of this field, bytes held times how long:'), total] : []));
  }
  show('MBalloc');
  return box;
}
