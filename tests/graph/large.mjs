// A recipe of fifty steps, of all kinds, inside one another, with recipes that call one another.

export function large() {
  const call = (path) => ({ type: 'execute_recipe', config: { recipe_path: path } });
  const set = (key) => ({ type: 'set_context', config: { key, value: `{{ ${key} }}` } });
  const ten = Array.from({ length: 10 }, (_, index) => [
    set(`a${index}`),
    { type: 'parallel', config: { substeps: [call('sub/one.json'), call('sub/two.json')] } },
    {
      type: 'loop',
      config: { items: 'list', item_key: 'item', substeps: [set('item'), call(`sub/${index % 3}.json`)] },
    },
    {
      type: 'conditional',
      config: {
        condition: `{{ a${index} }} == 1`,
        if_true: { steps: [set('x'), call('main.json')] },
        if_false: { steps: [] },
      },
    },
    { ...set(`b${index}`), retry: { attempts: 2 }, on_error: { steps: [set('y')] } },
  ]);
  return {
    name: 'fifty steps',
    files: {
      'main.json': { steps: ten.flat() },
      'sub/one.json': [call('sub/two.json')],
      'sub/two.json': [set('two'), call('sub/one.json')],
      'sub/0.json': [],
      'sub/1.json': [set('one')],
    },
  };
}
