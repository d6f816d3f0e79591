// Graphviz, and a parser of drawings for it.

import { spawnSync } from 'node:child_process';

/** Whether Graphviz is installed. */
export const isThere = spawnSync('dot', ['-V']).status === 0;

/** Returns Graphviz's error for a drawing; undefined if it draws it or is not installed. */
export function refusal(text) {
  if (isThere) {
    const { status, stderr } = spawnSync('dot', ['-Tsvg'], { input: text, encoding: 'utf8' });
    return status === 0 ? undefined : stderr.trim() || `exit code ${status}`;
  }
}

/** Lists nodes, groups and arrows of a drawing by `recipe graph`, in the same form as for Mermaid. */
export function written(text) {
  const parts = [];
  let group;
  for (const line of text.split('\n').map((line) => line.trim())) {
    const label = plain(line.match(/\blabel="((?:[^"\\]|\\.)*)"/)?.[1] ?? '');
    const [, opened] = line.match(/^subgraph cluster_(\w+) \{$/) ?? [];
    const [, from, to] = line.match(/^(\w+) -> (\w+)\b/) ?? [];
    const [, node] = line.match(/^(\w+) \[label=/) ?? [];
    if (opened) {
      group = opened;
    } else if (from) {
      parts.push(`arrow ${from} ${to}: ${label}`);
    } else if (node) {
      parts.push(`node ${node}: ${label}`);
    } else if (line.startsWith('label=')) {
      parts.push(`group ${group}: ${label}`);
    }
  }
  return parts;
}

function plain(label) {
  return label.replace(/\\(.)/gs, (_, command) => (command === 'n' ? '\n' : command)).replaceAll('&amp;', '&');
}
