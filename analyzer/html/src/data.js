// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the page shows: retsan.findings/1, the run's profile if there was one,
// lines of the sources, and what the text report would say (notes).

const node = document.getElementById('data');

/** Large data comes packed: a browser takes long to read megabytes of text. */
async function unpacked() {
  if (node.dataset.packed !== 'gzip') return node.textContent;
  const bytes = Uint8Array.from(atob(node.textContent.trim()), (c) => c.charCodeAt(0));
  node.remove();
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
}

const page = JSON.parse(await unpacked());

export const file = page.findings;
export const run = page.run;
/** Fields that a run of mode all ranked and no finding is about. */
export const fields = page.fields;
export const verdicts = ['confirmed', 'not exercised', 'refuted', 'static'];

export const findings = file.findings.map((f, index) => {
  const runtime = f.runtime;
  const notes = page.notes[index];
  return {
    ...f,
    index,
    notes,
    verdict: runtime && runtime.verdict !== 'none' ? runtime.verdict : 'static',
    bytes: runtime ? runtime.retained_bytes + runtime.freed_bytes : 0,
    drag: runtime ? runtime.drag['MB*MBalloc'] : 0,
    rank: { high: 2, medium: 1, low: 0 }[f.confidence],
    reported: !notes.status,
    text: [f.subject, f.file, f.function, notes.title, f.check, f.fingerprint, f.object]
      .join('\n').toLowerCase(),
  };
});

/** The checkpoint that verdicts speak of: the one at exit, else the last. */
export const checkpoint = run?.checkpoints.findLast((c) => c.why === 'exit') ?? run?.checkpoints.at(-1);

/** Lines around one, as [number, text]; empty if the source was not there. */
export function excerpt(name, line, context) {
  const lines = page.sources[name] ?? {};
  const out = [];
  for (let n = line - context; n <= line + context; ++n)
    if (lines[n] !== undefined) out.push([n, lines[n]]);
  return out.some(([n]) => n === line) ? out : [];
}
