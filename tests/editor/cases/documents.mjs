// Whole documents, in the form of `steps.mjs` with `document` instead of the step.

const CONTROLS = {
  name: 'notes',
  timeout: 0.5,
  retry: { attempts: 3, delay: 1, backoff: 1.5, max_delay: 9, jitter: false },
  on_error: { steps: [] },
};

/** Nested step with these fields beside its configuration. */
function nested(controls) {
  return { type: 'read_file', config: { path: 'a', artifact: 'b' }, ...controls };
}

export const documents = [
  {
    name: 'the fields of a recipe are offered',
    document: { '‸': null },
    offers: ['$schema', 'name', 'description', 'inputs', 'env_vars', 'mcp_servers', 'outputs', 'steps'],
  },
  {
    name: 'a step begins with its type',
    document: { steps: [{ '‸': null }] },
    offers: ['type'],
  },
  {
    name: 'nothing is offered while the type is not chosen',
    document: { steps: [{ type: null, '‸': null }] },
    offers: [],
  },
  {
    name: 'a nested step has a name and controls',
    document: [{ type: 'read_file', config: { path: 'a', artifact: 'b' }, '‸': null }],
    offers: ['name', 'timeout', 'retry', 'on_error'],
  },
  {
    name: 'the fields of a retry are offered',
    document: [nested({ retry: { '‸': null } })],
    offers: ['attempts', 'delay', 'backoff', 'max_delay', 'jitter'],
  },
  {
    name: 'a retry shows its description',
    document: [nested({ 're‸try': { attempts: 3 } })],
    shows: 'Retries of the step',
  },
  {
    name: 'steps after an error are steps like any other',
    document: [nested({ on_error: { steps: [{ type: 'read_file', '‸': null }] } })],
    offers: ['config', 'path', 'artifact', 'optional'],
  },
  {
    name: 'a wrong number of attempts is marked',
    document: [nested({ retry: { attempts: '«=0»' } })],
    says: '1',
  },
  {
    name: 'a retry without attempts misses them',
    document: [nested({ retry: {} })],
    misses: ['attempts'],
  },
  {
    name: 'a list in place of steps after an error is marked',
    document: [nested({ on_error: '«=[]»' })],
    says: 'type',
  },
  {
    name: 'a timeout in text is marked',
    document: [nested({ timeout: '«soon»' })],
    says: 'number',
  },
  {
    name: 'a retry among the fields of a configuration is marked',
    document: [{ type: 'read_file', path: 'a', artifact: 'b', '«retry»': { attempts: 3 } }],
    says: 'retry',
  },
  { name: 'a step may have all controls', document: [nested(CONTROLS)] },
  {
    name: 'the fields of an input are offered',
    document: { inputs: { a: { '‸': null } }, steps: [] },
    offers: [
      'default',
      'description',
      'enum',
      'exclusiveMaximum',
      'exclusiveMinimum',
      'items',
      'maxItems',
      'maxLength',
      'maximum',
      'minItems',
      'minLength',
      'minimum',
      'pattern',
      'properties',
      'required',
      'type',
      'uniqueItems',
    ],
  },
  {
    name: 'the types of an input are offered',
    document: { inputs: { a: { type: '‸' } }, steps: [] },
    offers: ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'],
    undescribed: true,
  },
  {
    name: 'a field of a recipe shows its description',
    document: { 'inp‸uts': {}, steps: [] },
    shows: 'Artifacts that the recipe needs at the start, by name.',
  },
  {
    name: 'the type of an input shows the description of the field',
    document: { inputs: { a: { 'ty‸pe': 'string' } }, steps: [] },
    shows: 'Type of the value.',
  },
  {
    name: 'the configuration shows what the step does',
    document: [{ type: 'parallel', 'con‸fig': { substeps: [] } }],
    shows: 'Runs substeps concurrently',
  },
  {
    name: 'the name of a step shows its description',
    document: [{ type: 'parallel', 'na‸me': 'both', config: { substeps: [] } }],
    shows: 'Name of the step in progress',
  },
  {
    name: 'a misspelled field of a recipe is marked',
    document: { steps: [], '«descripton»': 'x' },
    says: 'descripton',
  },
  {
    name: 'a misspelled field beside the configuration is marked',
    document: [{ type: 'parallel', '«nmae»': 'both', config: { substeps: [] } }],
    says: 'nmae',
  },
  {
    name: 'an unknown type of an input is marked',
    document: { inputs: { a: { type: '«text»' } }, steps: [] },
    says: 'string',
  },
  { name: 'an object in place of the steps is marked', document: { steps: '«={}»' }, says: 'array' },
  { name: 'a step that is not an object is marked', document: ['«parallel»'], says: 'type' },
  { name: 'a recipe without steps misses them', document: { name: 'x' }, misses: ['steps'] },
  { name: 'a step without a type misses it', document: [{ config: {} }], misses: ['type'] },
  { name: 'a recipe of no steps is correct', document: { steps: [] } },
  { name: 'a list of no steps is correct', document: [] },
];
