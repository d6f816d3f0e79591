// Documents around a step: in both spellings, at the top level and inside other steps.

const SPELLINGS = {
  nested: (type, config) => ({ type, config }),
  flat: (type, config) => ({ type, ...config }),
};

const PLACES = {
  'in an object': (step) => ({ steps: [step('set_context', { key: 'a', value: 1 }), step()] }),
  'in a bare list': (step) => [step()],
  'in parallel': (step) => ({ steps: [step('parallel', { substeps: [step()] })] }),
  'in loop': (step) => [step('loop', { items: 'list', item_key: 'item', substeps: [step()] })],
  'in conditional': (step) => [step('conditional', { condition: true, if_false: { steps: [step()] } })],
};

/** All documents with a step of a type and configuration, each with its name. */
export function places(type, config) {
  return Object.entries(SPELLINGS).flatMap(([spelling, spelled]) =>
    Object.entries(PLACES).map(([place, around]) => ({
      about: `${spelling}, ${place}`,
      spelling,
      document: around((outer = type, outerConfig = config) => spelled(outer, outerConfig)),
    })),
  );
}
