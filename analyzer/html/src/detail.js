// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One finding, told as a story: how it comes to this, the states around it,
// what a run has shown, what to write where, and every place that matters.

import { excerpt } from './data.js';
import { h } from './dom.js';
import { drawGraph } from './graph.js';
import { drawTimeline } from './timeline.js';
import { bytes, place, placeIn, state } from './words.js';

let serial = 0;

function code(name, line, context, span) {
  const lines = excerpt(name, line, context);
  if (!lines.length) return null;
  return h('pre', { class: 'code', tabindex: 0 }, lines.map(([n, text]) => {
    const hit = n === line;
    const marked = hit && span && span[1] > span[0];
    return h('span', { class: hit ? 'line hit' : 'line' }, h('span', { class: 'no' }, String(n).padStart(5)), '  ',
      marked ? [text.slice(0, span[0]), h('u', {}, text.slice(...span)), text.slice(span[1])] : text, '\n');
  }));
}

const section = (title, ...content) =>
  content.flat().some(Boolean) && h('section', {}, h('h3', {}, title), ...content);

function chips(now, before) {
  return Object.entries(now ?? {}).map(([k, v]) =>
    h('code', { class: before && before[k] !== v ? 'chip new' : 'chip' }, `${k} = ${v}`));
}

function story(f) {
  if (!f.witness.length) return null;
  let before;
  const steps = f.witness.map((w) => {
    const now = chips(w.state, before);
    before = w.state;
    return h('li', {}, h('p', {}, h('code', {}, w.call), ' ', h('span', { class: 'dim' }, place(w)), ' ', w.note),
      now.length > 0 && h('p', { class: 'states' }, now), w.file && code(w.file, w.line, 1));
  });
  return section('How it comes to this', h('ol', { class: 'story' }, steps),
    h('p', {}, 'Between two calls now: ', chips(f.state)));
}

function diff(text) {
  return h('pre', { class: 'code diff', tabindex: 0 }, text.split('\n').filter((l, i, all) => l || i < all.length - 1)
    .map((l) => h('span', { class: `line ${/^(---|\+\+\+) [ab]/.test(l) ? 'at' : ({ '+': 'plus', '-': 'minus', '@': 'at' }[l[0]] ?? '')}` },
      l, '\n')));
}

function inTheRun(f) {
  const r = f.runtime;
  if (!r)
    return section('In a run', h('p', { class: 'dim' },
      'No run is joined to this finding. These commands prove or refute it:'),
      h('pre', { class: 'code', tabindex: 0 }, 'retsan-clang --retsan-suspects=findings.json -O2 -g -o program …\n' +
        'retsan run --findings findings.json -o report.html -- ./program\n'));
  const places = [['stored at', r.stored_at], ['last used at', r.last_used_at], ['freed at', r.freed_at],
    ['state entered at', r.entered_at], ['used in this state at', r.used_in_state_at]].filter(([, p]) => p?.length);
  return section('In the run',
    h('p', { class: `verdict ${f.verdict.replace(' ', '-')}` }, f.notes.verdict),
    h('dl', { class: 'measures' }, f.notes.measures.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
      f.budget && [h('dt', {}, 'budget'), h('dd', {}, f.budget.text)],
      places.map(([name, list]) => [h('dt', {}, name), h('dd', {}, list.map(placeIn).join(', '))])),
    (r.caught ?? []).map((c) => h('details', {}, h('summary', {}, `caught using it${c.at ? ' at ' + placeIn(c.at) : ''}`),
      h('ol', {}, c.stack.map((frame) => h('li', {}, h('code', {}, frame)))))),
    drawTimeline(f));
}

function places(f) {
  const rows = [['stored', f.stores], ['used', f.uses], ['tested', f.tests], ['released', f.releases],
    ['cleared', f.clearers], ['declared', [f.declared]]].filter(([, p]) => p?.some((x) => x.file));
  return section('Every place', h('div', { class: 'places' }, rows.map(([what, list]) =>
    h('details', {}, h('summary', {}, `${what} in ${list.length === 1 ? 'one place' : list.length + ' places'}: `,
      h('span', { class: 'dim' }, list.map((p) => p.function || place(p)).join(', '))),
      list.map((p) => [h('p', {}, h('code', {}, p.function), ' ', h('span', { class: 'dim' }, place(p))),
        code(p.file, p.line, 1)])))));
}

export function tell(f) {
  const { notes } = f;
  return h('article', { class: 'detail', 'aria-labelledby': `title-${f.index}` },
    h('header', {},
      h('h2', { id: `title-${f.index}` }, notes.title),
      h('p', { class: 'tags' },
        h('span', { class: `tag ${f.verdict.replace(' ', '-')}` }, f.verdict === 'static' ? 'not run yet' : f.verdict),
        h('span', { class: 'tag' }, `${f.confidence} confidence`), h('span', { class: 'tag' }, f.check),
        notes.status && h('span', { class: 'tag' }, notes.status),
        f.bytes > 0 && h('span', { class: 'tag cost' }, bytes(f.bytes))),
      h('p', { class: 'dim' }, h('code', {}, place(f)), f.function && ` in ${f.function}`)),
    code(f.file, f.line, 3, notes.span),
    story(f),
    section('Why nobody will use it', f.why && h('p', {}, f.why)),
    section('States between two calls', drawGraph(f, ++serial),
      h('p', { class: 'legend dim' }, 'Red and numbered: the way into this finding. Double frame: where it is. ',
        'Dashed: who would use the field. Green: who clears it.')),
    inTheRun(f),
    section('What to do', f.fix && h('p', {}, `${f.fix[0].toUpperCase()}${f.fix.slice(1)}.`),
      notes.diff && [h('p', { class: 'dim' }, 'A suggestion, to be read before it is applied:'), diff(notes.diff)]),
    places(f),
    section('More', h('dl', { class: 'measures' },
      f.reasons?.length > 0 && [h('dt', {}, 'confidence because'), h('dd', {}, f.reasons.join('; '))],
      Object.keys(f.state ?? {}).length > 0 && [h('dt', {}, 'state'), h('dd', {}, state(f.state))],
      h('dt', {}, 'fingerprint'), h('dd', {}, h('a', { href: `#${f.fingerprint}` }, f.fingerprint)))));
}
