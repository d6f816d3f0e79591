// Invalid drawings that the check must reject, one for each property that it checks.

const sound = {
  mermaid: 'flowchart TD\n  a["x"]\n  b["y"]\n  a --> b\n',
  dot: 'digraph recipe {\n  a [label="x"];\n  b [label="y"];\n  a -> b;\n}\n',
};

const text = (mermaid, dot) => ({
  mermaid: sound.mermaid.replace('"x"', () => `"${mermaid}"`),
  dot: sound.dot.replace('"x"', () => `"${dot}"`),
});

/** List of `{about, mermaid, dot, needsGraphviz}`. */
export const broken = [
  { about: 'a quote that ends a string', ...text('"', '\\"') },
  { about: 'an unterminated string', ...sound, mermaid: 'flowchart TD\n  a["x\n  b["y"]\n  a --> b\n' },
  { about: 'a keyword of Mermaid as an id', ...sound, mermaid: 'flowchart TD\n  end["x"]\n' },
  { about: 'a document that is not a flowchart', ...sound, mermaid: 'steps\n' },
  { about: 'an empty string', ...text('', '') },
  { about: 'HTML in a string', ...text('<b>x</b>', '<b>x</b>') },
  { about: 'a character entity in a string', ...text('#35;', '#35;') },
  { about: 'Markdown in a string', ...text('`x`', '`x`') },
  { about: 'a formula in a string', ...text('$$x$$', '$$x$$') },
  { about: 'an icon in a string', ...text('fa:fa-car', 'fa:fa-car') },
  { about: 'a missing node', ...sound, mermaid: 'flowchart TD\n  a["x"]\n' },
  { about: 'an unexpected arrow', ...sound, mermaid: `${sound.mermaid}  a --> b\n` },
  { about: 'an unterminated drawing for Graphviz', ...sound, dot: sound.dot.replace('}', ''), needsGraphviz: true },
];
