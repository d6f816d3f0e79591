// Drawings that the check must not accept, one for each thing that it is there to notice.

const sound = {
  mermaid: 'flowchart TD\n  a["x"]\n  b["y"]\n  a --> b\n',
  dot: 'digraph recipe {\n  a [label="x"];\n  b [label="y"];\n  a -> b;\n}\n',
};

const text = (mermaid, dot) => ({
  mermaid: sound.mermaid.replace('"x"', () => `"${mermaid}"`),
  dot: sound.dot.replace('"x"', () => `"${dot}"`),
});

/** Of `{about, mermaid, dot, needsGraphviz}`. */
export const broken = [
  { about: 'a quote that ends a text', ...text('"', '\\"') },
  { about: 'a text without an end', ...sound, mermaid: 'flowchart TD\n  a["x\n  b["y"]\n  a --> b\n' },
  { about: 'a word of Mermaid as an id', ...sound, mermaid: 'flowchart TD\n  end["x"]\n' },
  { about: 'a text that is no flowchart', ...sound, mermaid: 'steps\n' },
  { about: 'an empty text between quotes', ...text('', '') },
  { about: 'HTML in a text', ...text('<b>x</b>', '<b>x</b>') },
  { about: 'the number of a character in a text', ...text('#35;', '#35;') },
  { about: 'Markdown in a text', ...text('`x`', '`x`') },
  { about: 'a formula in a text', ...text('$$x$$', '$$x$$') },
  { about: 'an icon in a text', ...text('fa:fa-car', 'fa:fa-car') },
  { about: 'a node too few', ...sound, mermaid: 'flowchart TD\n  a["x"]\n' },
  { about: 'an arrow too many', ...sound, mermaid: `${sound.mermaid}  a --> b\n` },
  { about: 'a drawing for Graphviz without an end', ...sound, dot: sound.dot.replace('}', ''), needsGraphviz: true },
];
