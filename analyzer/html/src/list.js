// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The list: filtered, sorted, and only as many rows in the document as can be
// seen, so that ten thousand findings scroll like ten.

import { findings, verdicts } from './data.js';
import { h, $ } from './dom.js';
import { bytes, number, place, plural } from './words.js';

const rowHeight = 54, spare = 8;

const columns = [
  { key: 'worst', name: 'Finding', compare: (a, b) => rankOf(b) - rankOf(a) || b.bytes - a.bytes || b.drag - a.drag },
  { key: 'subject', name: 'Subject', compare: (a, b) => byText(a.subject, b.subject) },
  { key: 'check', name: 'Check', compare: (a, b) => byText(a.check, b.check) },
  { key: 'verdict', name: 'Verdict', compare: (a, b) => verdicts.indexOf(a.verdict) - verdicts.indexOf(b.verdict) },
  { key: 'confidence', name: 'Confidence', compare: (a, b) => b.rank - a.rank },
  { key: 'bytes', name: 'Bytes', compare: (a, b) => b.bytes - a.bytes },
  { key: 'drag', name: 'Drag', compare: (a, b) => b.drag - a.drag },
  { key: 'place', name: 'Place', compare: (a, b) => byText(a.file, b.file) || a.line - b.line },
];
const byText = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const rankOf = (f) =>
  (f.reported ? 100 : 0) + { confirmed: 40, static: 20, 'not exercised': 20, refuted: 0 }[f.verdict] + f.rank * 5;

export function makeList(onChoose) {
  const filter = { text: '', verdict: '', check: '', confidence: '', hidden: false };
  let sort = 'worst', reverse = false, shown = [], current = -1;

  const count = h('p', { class: 'count', role: 'status', 'aria-live': 'polite' });
  const spacer = h('div', { class: 'spacer' });
  const view = h('div', { class: 'rows', id: 'rows', role: 'listbox', tabindex: 0, 'aria-label': 'findings' }, spacer);
  const search = h('input', { type: 'search', id: 'filter', placeholder: 'Filter: field, file, function …  ( / )',
    'aria-label': 'filter', oninput: () => { filter.text = search.value.trim().toLowerCase(); update(); } });

  const counted = (key, value) => findings.filter((f) => f[key] === value && (f.reported || filter.hidden)).length;
  function choice(key, all, values) {
    return h('select', { id: `by-${key}`, 'aria-label': key, onchange: (e) => { filter[key] = e.target.value; update(); } },
      h('option', { value: '' }, all),
      values.map((v) => h('option', { value: v }, `${v} (${counted(key, v)})`)));
  }
  const used = (key, order) => order.filter((v) => findings.some((f) => f[key] === v));
  const checks = [...new Set(findings.map((f) => f.check))].sort();
  const order = h('select', { id: 'sort', 'aria-label': 'sort', onchange: () => sortBy(order.value) },
    columns.map((c) => h('option', { value: c.key }, c.key === 'worst' ? 'worst first' : `by ${c.name.toLowerCase()}`)));
  const silent = findings.filter((f) => !f.reported).length;
  const tools = h('div', { class: 'tools' }, search,
    choice('verdict', 'all verdicts', used('verdict', verdicts)),
    choice('check', 'all checks', checks),
    choice('confidence', 'all levels', used('confidence', ['high', 'medium', 'low'])), order,
    silent > 0 && h('label', {}, h('input', { type: 'checkbox', id: 'hidden',
      onchange: (e) => { filter.hidden = e.target.checked; update(); } }), ` ${silent} not reported`));

  function row(i) {
    const f = shown[i];
    const node = h('div', { class: `row${f.reported ? '' : ' silent'}`, role: 'option', id: `row-${f.index}`,
      'aria-selected': String(i === current), 'aria-posinset': i + 1, 'aria-setsize': shown.length,
      onclick: () => choose(i) },
      h('span', { class: `dot ${f.verdict.replace(' ', '-')}`, title: f.verdict }),
      h('span', { class: 'what' }, h('b', {}, f.subject), h('small', { title: place(f) }, place(f))),
      h('span', { class: 'kind' }, f.check.replace('retsan-', ''), h('small', {}, `${f.confidence}, ${f.notes.status || f.verdict}`)),
      h('span', { class: 'cost' }, f.bytes ? bytes(f.bytes) : '', h('small', {}, f.drag ? `${number(f.drag)} MB·MBalloc` : '')));
    node.style.top = `${i * rowHeight}px`;
    return node;
  }

  function render() {
    const from = Math.max(0, Math.floor(view.scrollTop / rowHeight) - spare);
    const to = Math.min(shown.length, Math.ceil((view.scrollTop + view.clientHeight) / rowHeight) + spare);
    const rows = [];
    for (let i = from; i < to; ++i) rows.push(row(i));
    spacer.replaceChildren(...rows);
    if (current >= 0) view.setAttribute('aria-activedescendant', `row-${shown[current].index}`);
    else view.removeAttribute('aria-activedescendant');
  }

  function update() {
    const before = shown[current];
    shown = findings.filter((f) =>
      (filter.hidden || f.reported) && (!filter.text || f.text.includes(filter.text)) &&
      ['verdict', 'check', 'confidence'].every((key) => !filter[key] || f[key] === filter[key]));
    const compare = columns.find((c) => c.key === sort).compare;
    shown.sort((a, b) => (reverse ? -1 : 1) * compare(a, b) || a.index - b.index);
    current = shown.indexOf(before);
    spacer.style.height = `${Math.max(shown.length, 1) * rowHeight}px`;
    view.style.height = `min(${Math.max(shown.length, 1) * rowHeight + 2}px, max(20rem, 100vh - 13rem))`;
    view.scrollTop = 0;
    const all = findings.filter((f) => filter.hidden || f.reported).length;
    count.textContent = shown.length === all ? plural(all, 'finding') : `${shown.length.toLocaleString('en')} of ${plural(all, 'finding')}`;
    render();
    if (current >= 0) reveal(current);
    if (!shown.length) spacer.append(h('p', { class: 'none' }, 'Nothing matches this filter.'));
  }

  function sortBy(key) {
    reverse = key === sort ? !reverse : false;
    sort = key;
    update();
  }

  function reveal(i) {
    const top = i * rowHeight;
    if (top < view.scrollTop) view.scrollTop = top;
    else if (top + rowHeight > view.scrollTop + view.clientHeight)
      view.scrollTop = top + rowHeight - view.clientHeight;
  }

  function choose(i) {
    if (i < 0 || i >= shown.length) return;
    current = i;
    reveal(i);
    render();
    onChoose(shown[i]);
  }

  view.addEventListener('scroll', () => requestAnimationFrame(render));
  new ResizeObserver(render).observe(view);
  view.addEventListener('keydown', (e) => {
    const page = Math.max(1, Math.floor(view.clientHeight / rowHeight) - 1);
    const to = { ArrowDown: current + 1, ArrowUp: current - 1, Home: 0, End: shown.length - 1,
      PageDown: Math.min(current + page, shown.length - 1), PageUp: Math.max(current - page, 0) }[e.key];
    if (to === undefined) return;
    e.preventDefault();
    choose(to);
  });

  return {
    node: h('div', { class: 'list' }, tools, count, view),
    start: update,
    step: (by) => choose(current < 0 ? 0 : current + by),
    focusFilter: () => search.focus(),
    shown: () => shown,
    /** Shows one finding, whatever the filter says. */
    open(f) {
      if (!shown.includes(f)) {
        search.value = filter.text = '';
        for (const key of ['verdict', 'check', 'confidence']) filter[key] = $(`by-${key}`).value = '';
        if (!f.reported && $('hidden')) filter.hidden = $('hidden').checked = true;
        update();
      }
      choose(shown.indexOf(f));
    },
  };
}
