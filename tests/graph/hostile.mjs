// Recipes whose names and texts mean something in the languages of graphs.

const TEXTS = [
  'end',
  'subgraph',
  'flowchart TD',
  'a "quoted" name',
  "it's `code` **bold**",
  '$$x^2$$',
  '%% a comment',
  '%%{init: {}}%%',
  '[(<{brackets}>)]',
  'a; b --> c',
  'a | b',
  '&amp; #35; #quot;',
  '<script>alert(1)</script>',
  'back\\slash\\n',
  'two\nlines',
  'größe 日本語 🙂 \u202e',
  'x'.repeat(500),
  '1. a list',
  '- a list',
  'click a href "x"',
  'class a b',
  'style a fill:#f00',
  '',
  ' ',
];

export function hostile() {
  return TEXTS.map((text) => ({
    name: `the text ${JSON.stringify(text).slice(0, 40)}`,
    files: {
      'main.json': {
        name: text,
        steps: [
          { type: 'set_context', name: text, config: { key: text, value: text } },
          {
            type: 'conditional',
            name: text,
            config: {
              condition: text,
              if_true: { steps: [{ type: 'read_file', path: text, artifact: text }] },
            },
          },
          {
            type: 'loop',
            name: text,
            config: { items: text, item_key: text, substeps: [{ type: 'execute_recipe', recipe_path: text }] },
            on_error: { steps: [{ type: text }] },
          },
          { type: 'parallel', name: text, config: { substeps: [{ type: text, name: text }] } },
        ],
      },
    },
  }));
}
