// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The page: overview, who retains what, list and detail, keys, print.

import { checkpoint, fields, file, findings, run } from './data.js';
import { tell } from './detail.js';
import { h, s, $ } from './dom.js';
import { makeList } from './list.js';
import { drawRetained } from './retained.js';
import { bytes, number, percent, place, plural } from './words.js';

const printed = { rows: 2000, stories: 40 };

const reported = findings.filter((f) => f.reported);
const having = (verdict) => reported.filter((f) => f.verdict === verdict);
const fieldsOf = (list) => new Set(list.map((f) => f.subject_id)).size;
const confirmed = having('confirmed');

function sentence() {
  if (!reported.length)
    return 'Nothing is kept too long, as far as this scan can see.';
  const proven = fieldsOf(confirmed);
  const verb = (n, one, many) => (n === 1 ? one : many);
  if (confirmed.length && checkpoint?.ghost_bytes)
    return [`${plural(proven, 'field')} ${verb(proven, 'keeps', 'keep')} `,
      h('strong', {}, bytes(checkpoint.ghost_bytes)), ' alive that nobody will use again: ',
      h('strong', {}, percent(checkpoint.ghost_bytes, checkpoint.heap_bytes)), ' of the heap.'];
  const dangling = confirmed.filter((f) => f.runtime.condition === 'dangling');
  if (confirmed.length && dangling.length === confirmed.length)
    return `${plural(proven, 'field')} ${verb(proven, 'points', 'point')} to memory that was freed while the program ran.`;
  if (confirmed.length)
    return `${plural(proven, 'field')} ${verb(proven, 'was', 'were')} proven to outlive ${verb(proven, 'its', 'their')} meaning in this run.`;
  const all = fieldsOf(reported);
  const stale = reported.filter((f) => f.check !== 'retsan-dangling-field').length;
  const what = !stale ? 'can point to freed memory' : stale === reported.length ? 'can outlive their meaning'
    : 'can outlive their meaning or point to freed memory';
  return `${plural(all, 'field')} ${all === 1 ? what.replace('their', 'its') : what}` +
    (run ? '; this run confirmed none of them.' : '; what that costs, a run will tell.');
}

function below() {
  const out = [];
  const worst = [...confirmed].sort((a, b) => b.bytes - a.bytes || b.drag - a.drag)[0] ?? reported[0];
  if (worst)
    out.push(h('p', {}, confirmed.length ? 'The worst: ' : 'Begin with: ',
      h('a', { href: `#${worst.fingerprint}` }, h('code', {}, worst.subject)), ` (${place(worst)})`,
      worst.runtime?.instances > 0 && `, ${plural(worst.runtime.instances, 'instance')}`,
      worst.drag > 0 && `, ${number(worst.drag)} MB·MBalloc of drag`, '.'));
  if (run)
    out.push(h('p', { class: 'dim' }, h('code', {}, run.program), ` ran ${number(run.s)} s and allocated `,
      bytes(Math.round(run.MBalloc * 1e6)), run.partial && '; its profile is partial', '.'));
  for (const m of run?.migrations ?? [])
    out.push(h('p', { class: 'migrations' }, 'Migrations of ', h('code', {}, m.name), `: ${m.begun} begun, ${m.ended} ended; `,
      m.dead_arrays ? h('strong', {}, `${plural(m.dead_arrays, 'old array')} of ${bytes(m.dead_bytes)} still allocated after the end`)
                    : 'no old array outlived its migration',
      m.moving_arrays > 0 && `; ${m.moving_arrays} under way, holding ${bytes(m.moving_bytes)}`, '.'));
  return out;
}

function tiles() {
  const drag = confirmed.reduce((sum, f) => sum + f.drag, 0);
  const tile = (kind, value, words) => h('div', { class: `tile ${kind}` }, h('b', {}, value), h('span', {}, words));
  return h('div', { class: 'tiles' },
    run ? [tile('confirmed', confirmed.length, 'confirmed'), tile('not-exercised', having('not exercised').length, 'not exercised'),
           tile('refuted', having('refuted').length, 'refuted')]
        : ['high', 'medium', 'low'].map((level) =>
          tile(level, reported.filter((f) => f.confidence === level).length, `${level} confidence`)),
    checkpoint && tile('', bytes(checkpoint.ghost_bytes), 'kept through stale fields alone'),
    drag > 0 && tile('', number(drag), 'MB·MBalloc of drag'),
    tile('', file.coverage.translation_units, `unit${file.coverage.translation_units === 1 ? '' : 's'} scanned`));
}

function heap() {
  if (!checkpoint?.heap_bytes) return null;
  const parts = [['reachable', checkpoint.reachable_bytes, 'in use as far as one can see'],
    ['ghost', checkpoint.ghost_bytes, 'only through stale fields'],
    ['lost', checkpoint.unreachable_bytes, 'unreachable']].filter(([, n]) => n > 0);
  return h('div', { class: 'heap' },
    h('p', { class: 'dim' }, `The heap at ${checkpoint.why}: ${bytes(checkpoint.heap_bytes)}`),
    h('div', { class: 'sumbar' }, parts.map(([kind, n, words]) => {
      const part = h('span', { class: `part ${kind}`, title: `${bytes(n)} ${words}` });
      part.style.width = `${(100 * n) / checkpoint.heap_bytes}%`;
      return part;
    })),
    h('ul', { class: 'legend' }, parts.map(([kind, n, words]) =>
      h('li', {}, h('i', { class: `part ${kind}` }), `${bytes(n)} ${words}`))));
}

/** Heap and ghost bytes over the checkpoints, if there are several. */
function overTime() {
  const points = run?.checkpoints ?? [];
  if (points.length < 2) return null;
  const width = 560, height = 120, end = Math.max(...points.map((c) => c.MBalloc)) || 1;
  const top = Math.max(...points.map((c) => c.heap_bytes)) || 1;
  const line = (key) => points.map((c) => `${(c.MBalloc / end) * width},${height - 4 - (c[key] / top) * (height - 24)}`);
  const area = (key, kind) => s('polygon', { class: kind,
    points: [`${(points[0].MBalloc / end) * width},${height}`, ...line(key), `${width},${height}`].join(' ') });
  return h('div', { class: 'heap' }, h('p', { class: 'dim' }, `${points.length} checkpoints, over megabytes allocated: heap, and what stale fields alone keep of it`),
    s('svg', { class: 'over-time', viewBox: `0 0 ${width} ${height}`, role: 'img',
      'aria-label': points.map((c) => `${bytes(c.ghost_bytes)} of ${bytes(c.heap_bytes)}`).join(', ') },
      area('heap_bytes', 'part reachable'), area('ghost_bytes', 'part ghost'),
      s('text', { x: 4, y: 14, class: 'axis' }, bytes(top)),
      s('text', { x: width - 4, y: 14, class: 'axis', 'text-anchor': 'end' }, `${number(end)} MB allocated`)));
}

function coverage() {
  const c = file.coverage;
  const group = (words, list) => list.length > 0 && [h('h4', {}, words), h('ul', {}, list.slice(0, 200).map((x) =>
    h('li', {}, h('code', {}, x.what), ' ', h('span', { class: 'dim' }, x.why)))),
    list.length > 200 && h('p', { class: 'dim' }, `and ${list.length - 200} more`)];
  return h('details', { class: 'coverage' },
    h('summary', {}, `Looked at: ${plural(c.translation_units, 'unit')}, ${plural(c.programs, 'program')}, ` +
      `${plural(c.records_solved, 'record')} solved; not: ${plural(c.failed.length, 'unit')}, ${plural(c.records_skipped.length, 'record')}` +
      (run?.notes.length ? `; ${plural(run.notes.length, 'note')} of the run` : '')),
    group('Units that failed', c.failed), group('Records that were not solved', c.records_skipped),
    run?.notes.length > 0 && [h('h4', {}, 'What the runtime could not do'), h('ul', {}, run.notes.map((n) => h('li', {}, n)))],
    h('p', { class: 'dim' }, `${file.tool} on ${file.root}`));
}

function byDrag() {
  if (!fields.length) return null;
  return h('section', { class: 'card' }, h('h2', {}, 'Fields by drag that no finding is about'),
    h('div', { class: 'scroll' }, h('table', {}, h('thead', {}, h('tr', {}, ['field', 'MB·MBalloc after the last use', 'MB·s', 'never used, MB·MBalloc', 'stores']
      .map((x) => h('th', {}, x)))), h('tbody', {}, fields.map((x) => h('tr', {}, h('td', {}, h('code', {}, x.subject)),
      [x['drag_MB*MBalloc'], x['drag_MB*s'], x['void_MB*MBalloc'], x.stores].map((v) => h('td', { class: 'num' }, number(v)))))))));
}

const detail = h('div', { class: 'pane', id: 'detail', tabindex: -1 },
  h('p', { class: 'none' }, findings.length ? 'Choose a finding.' : 'There is nothing to show.'));
let told = null;

function show(f, focus) {
  if (told !== f) {
    told = f;
    detail.replaceChildren(tell(f));
    detail.scrollTop = 0;
  }
  history.replaceState(null, '', `#${encodeURIComponent(f.fingerprint)}`);
  document.title = `${f.subject} – RetSan`;
  if (focus) detail.focus({ preventScroll: true });
}

const list = makeList((f) => show(f));

function goto() {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const f = findings.find((x) => x.fingerprint === wanted);
  if (!f) return;
  list.open(f);
  $('findings').scrollIntoView({ block: 'start' });
}

function keys(e) {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName);
  if (e.key === 'Escape' && typing) return e.target.blur();
  if (typing) return;
  const act = {
    '/': () => list.focusFilter(), j: () => list.step(1), k: () => list.step(-1), t: theme,
    '?': () => $('help').showModal(), Enter: () => e.target.id === 'rows' && told && show(told, true),
  }[e.key];
  if (!act) return;
  if (e.key !== 'Enter') e.preventDefault();
  act();
}

function theme() {
  const root = document.documentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = root.dataset.theme ?? (dark ? 'dark' : 'light');
  root.dataset.theme = now === 'dark' ? 'light' : 'dark';
}

/** On paper: what the filter shows as a table, then the first stories. */
function beforePrint() {
  const shown = list.shown();
  document.querySelectorAll('details.coverage').forEach((d) => { d.open = true; });
  $('paper').replaceChildren(
    h('h2', {}, plural(shown.length, 'finding')),
    h('table', {}, h('thead', {}, h('tr', {}, ['subject', 'place', 'check', 'level', 'verdict', 'bytes', 'drag'].map((x) => h('th', {}, x)))),
      h('tbody', {}, shown.slice(0, printed.rows).map((f) => h('tr', {}, [f.subject, place(f), f.check.replace('retsan-', ''),
        f.confidence, f.verdict, f.bytes ? bytes(f.bytes) : '', f.drag ? number(f.drag) : ''].map((x) => h('td', {}, x)))))),
    shown.length > printed.rows && h('p', {}, `and ${shown.length - printed.rows} more`) || '',
    ...shown.slice(0, printed.stories).map(tell),
    shown.length > printed.stories ? h('p', {}, `The stories of ${shown.length - printed.stories} more findings are not printed: filter the list, or use retsan explain.`) : '');
}

function start() {
  document.title = `${plural(reported.length, 'finding')} – RetSan`;
  $('title').replaceChildren(...[sentence()].flat());
  $('overview').append(...[...below(), tiles(), h('div', { class: 'pictures' }, heap(), overTime()), coverage()].filter(Boolean));
  const retained = drawRetained((f) => { list.open(f); $('findings').scrollIntoView({ block: 'start' }); });
  if (retained) $('retained').append(h('h2', {}, 'Who alone keeps what'), retained);
  else $('retained').remove();
  const drag = byDrag();
  if (drag) $('findings').after(drag);
  $('findings').append(list.node, detail);
  list.start();
  $('theme').addEventListener('click', theme);
  $('keys').addEventListener('click', () => $('help').showModal());
  addEventListener('keydown', keys);
  addEventListener('hashchange', goto);
  addEventListener('beforeprint', beforePrint);
  addEventListener('afterprint', () => $('paper').replaceChildren());
  if (location.hash.length > 1) goto();
  if (!told && list.shown().length) list.step(0);
  document.documentElement.dataset.ready = 'yes';
}

start();
