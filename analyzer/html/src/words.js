// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Numbers and states as people read them.

export function bytes(n) {
  for (const [unit, size] of [['GB', 1e9], ['MB', 1e6], ['kB', 1e3]])
    if (n >= size) return `${(n / size).toFixed(n / size < 10 ? 1 : 0)} ${unit}`;
  return `${n} ${n === 1 ? 'byte' : 'bytes'}`;
}

export function number(n) {
  if (n === 0) return '0';
  if (n < 0.001) return '< 0.001';
  if (n < 10) return String(Number(n.toPrecision(2)));
  return Math.round(n).toLocaleString('en');
}

export const plural = (n, one, many) =>
  `${n.toLocaleString('en')} ${n === 1 ? one : (many ?? one + 's')}`;
export const state = (o) =>
  Object.entries(o ?? {}).map(([k, v]) => `${k} = ${v}`).join(', ');
export const place = (p) => (p.file ? `${p.file}:${p.line}` : '');
export const placeIn = (p) => `${p.function ? p.function + ' ' : ''}${place(p)}`;
export const percent = (part, whole) => {
  const p = (100 * part) / whole;
  return p < 1 ? 'less than 1 %' : `${Math.round(p)} %`;
};
