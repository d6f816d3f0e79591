// Single steps. Each case runs in JSON and YAML, in both spellings, and inside other steps.
//
// `type` and `config` are the step, with the marks of `text.mjs`. Expectations are `offers`,
// `shows`, `says` and `misses`, as in `judge.mjs`. A case without expectations is a valid step.

import { stepTypes } from '../schemas.mjs';

export const steps = [
  // Completion.
  {
    name: 'the step types are offered',
    type: '‸',
    config: {},
    offers: [...stepTypes().keys()],
  },
  {
    name: 'the fields of the type are offered',
    type: 'parallel',
    config: { '‸': null },
    offers: [
      'substeps',
      'max_concurrency',
      'delay',
      'timeout',
      'fail_fast',
      'max_failures',
      'result_key',
      'collect',
    ],
    // Until the spelling is known, the other one is offered, too.
    flatOffers: ['config'],
  },
  {
    name: 'existing fields are not offered again',
    type: 'parallel',
    config: { substeps: [], delay: 1, '‸': null },
    offers: ['max_concurrency', 'timeout', 'fail_fast', 'max_failures', 'result_key', 'collect'],
    flatOffers: ['config'],
  },
  {
    name: 'the fields of a branch are offered',
    type: 'conditional',
    config: { condition: true, if_true: { '‸': null } },
    offers: ['steps'],
  },
  {
    name: 'the fields of a file are offered',
    type: 'write_files',
    config: { files: [{ path: 'a', '‸': null }] },
    offers: ['path_key', 'content', 'content_key'],
  },
  {
    name: 'the values of if_exists are offered',
    type: 'set_context',
    config: { key: 'a', value: 1, if_exists: '‸' },
    offers: { overwrite: 'Replaces the artifact.', merge: 'Merges both values.' },
  },
  {
    name: 'the values of merge_mode are offered beside templates',
    type: 'read_files',
    config: { path: 'a', content_key: 'b', merge_mode: '‸' },
    offers: ['concat', 'dict'],
    undescribed: true,
  },

  // Hover.
  {
    name: 'a field shows its description',
    type: 'parallel',
    config: { substeps: [], 'de‸lay': 1 },
    shows: 'Seconds between the starts of substeps',
  },
  {
    name: 'a branch shows the description of its field',
    type: 'conditional',
    config: { condition: true, 'if_t‸rue': { steps: [] } },
    shows: 'Steps to run if the condition is true.',
  },
  {
    name: 'a type shows what such a step does',
    type: 'para‸llel',
    config: { substeps: [] },
    shows: 'Runs substeps concurrently',
  },
  {
    name: 'a value from a list shows what it means',
    type: 'set_context',
    config: { key: 'a', value: 1, if_exists: 'mer‸ge' },
    shows: 'Merges both values.',
  },

  // Diagnostics.
  {
    name: 'a misspelled field is marked',
    type: 'parallel',
    config: { substeps: [], '«max_concurency»': 2 },
    says: 'max_concurency',
  },
  {
    name: 'a misspelled field of a file is marked',
    type: 'write_files',
    config: { files: [{ path: 'a', '«contents»': 'b' }] },
    says: 'contents',
  },
  {
    name: 'a misspelled field of a branch is marked',
    type: 'conditional',
    config: { condition: true, if_true: { '«step»': [] } },
    says: 'step',
  },
  {
    name: 'an object in place of a list is marked',
    type: 'parallel',
    config: { substeps: '«={}»' },
    says: 'array',
  },
  {
    name: 'text in place of a number is marked',
    type: 'parallel',
    config: { substeps: [], delay: '«soon»' },
    says: 'number',
  },
  {
    name: 'a template in place of a number is marked',
    type: 'parallel',
    config: { substeps: [], timeout: '«{{ seconds }}»' },
    says: 'number',
  },
  {
    name: 'a number out of its range is marked',
    type: 'parallel',
    config: { substeps: [], delay: '«=-1»' },
    says: '0',
  },
  {
    name: 'a value that is not in the list is marked',
    type: 'set_context',
    config: { key: 'a', value: 1, if_exists: '«append»' },
    says: 'overwrite',
  },
  {
    name: 'a value that is neither in the list nor a template is marked',
    type: 'read_files',
    config: { path: 'a', content_key: 'b', merge_mode: '«join»' },
    says: 'concat',
  },
  {
    name: 'a wrong path in a list of paths is marked',
    type: 'read_files',
    config: { path: ['a', '«=7»'], content_key: 'b' },
    says: 'string',
  },
  {
    name: 'a part of failures without its sign is marked',
    type: 'parallel',
    config: { substeps: [], max_failures: '«a quarter»' },
    says: 'pattern',
  },
  {
    name: 'an unknown step type is marked',
    type: '«paralel»',
    config: {},
    says: 'parallel',
  },
  {
    name: 'missing fields are reported',
    type: 'loop',
    config: { items: 'a' },
    misses: ['item_key', 'substeps'],
  },

  // Valid steps.
  {
    name: 'templates are valid in paths, conditions and lists of values',
    type: 'conditional',
    config: {
      condition: '{{ a }} == 1',
      if_true: {
        steps: [
          { type: 'read_files', path: '{{ a }}', content_key: '{{ b }}', merge_mode: '{{ mode }}' },
          { type: 'loop', items: '{{ a }}', item_key: 'i', substeps: [] },
          { type: 'set_context', config: { key: 'k', value: { any: ['{{ a }}', 1, null] } } },
        ],
      },
      if_false: null,
    },
  },
  {
    name: 'items are a path, a list or an object',
    type: 'parallel',
    config: {
      substeps: ['a.b', [1, 2], { a: 1 }].map((items) => ({
        type: 'loop',
        config: { items, item_key: 'i', substeps: [] },
      })),
      timeout: null,
    },
  },
];
