// Association of documents with schemas: by `$schema`, a comment, or the catalog.

const ANYWHERE = new URL('../../../examples/any-name', import.meta.url).href;
const SCHEMA = '../schemas/recipe.schema.json';

export const references = {
  json: [
    {
      name: '$schema names the schema',
      address: `${ANYWHERE}.json`,
      text: `{"$schema": "${SCHEMA}", "steps": [], «"stepz"»: []}`,
      says: 'stepz',
    },
    {
      name: 'a folder of recipes needs no $schema',
      address: 'file:///project/recipes/deep/main.json',
      text: '{"steps": [], «"stepz"»: []}',
      says: 'stepz',
    },
    {
      name: 'other documents are ignored',
      address: 'file:///project/package.json',
      text: '{"stepz": []}',
    },
  ],
  yaml: [
    {
      name: '$schema names the schema',
      address: `${ANYWHERE}.yaml`,
      text: `$schema: ${SCHEMA}\nsteps: []\n«stepz»: []\n`,
      says: 'stepz',
    },
    {
      name: 'a comment names the schema',
      address: `${ANYWHERE}.yaml`,
      text: `# yaml-language-server: $schema=${SCHEMA}\n- type: «paralel»\n`,
      says: 'parallel',
    },
    {
      name: 'a folder of recipes needs no $schema',
      address: 'file:///project/recipes/main.yml',
      text: '- type: «paralel»\n',
      says: 'parallel',
    },
  ],
};
