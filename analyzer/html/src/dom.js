// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Elements from code. Text goes in as text nodes only: whatever the program
// under test is called, it stays text.

const svgSpace = document.querySelector('svg').namespaceURI;

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(3))
    if (child !== undefined && child !== null && child !== false)
      node.append(child.nodeType ? child : String(child));
  return node;
}

export const h = (name, attributes, ...children) =>
  fill(document.createElement(name), attributes, children);
export const s = (name, attributes, ...children) =>
  fill(document.createElementNS(svgSpace, name), attributes, children);
export const $ = (id) => document.getElementById(id);
