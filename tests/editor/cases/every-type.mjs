// Cases for every step type and field, generated from the schemas, in the form of `steps.mjs`.

import { stepTypes } from '../schemas.mjs';

/** Value of each JSON type, and marked values of the wrong type. */
const SAMPLES = { string: 'x', number: 1, integer: 1, boolean: true, array: [], object: {} };
const MARKED = { string: '«x»', number: '«=1»', boolean: '«=true»', array: '«=[]»', object: '«={}»' };

export function everyType() {
  return [...stepTypes()].flatMap(([type, schema]) => [
    ...typeCases(type, schema),
    ...fieldCases(type, schema),
  ]);
}

function typeCases(type, schema) {
  const required = schema.required ?? [];
  const config = sampleConfig(schema);
  const fields = Object.entries(schema.properties).filter(([name]) => !required.includes(name));
  return [
    { name: `${type}: the required fields suffice`, type, config },
    { name: `${type}: the required fields are missed`, type, config: {}, misses: required },
    { name: `${type}: another field is marked`, type, config: { ...config, '«other»': 1 }, says: 'other' },
    { name: `${type}: shows what it does`, type: `${type}‸`, config, shows: schema.description },
    {
      name: `${type}: the other fields are offered, as they are described`,
      type,
      config: { ...config, '‸': null },
      offers: Object.fromEntries(fields.map(([name, field]) => [name, field.description ?? ''])),
      flatOffers: ['config'],
    },
  ];
}

function fieldCases(type, schema) {
  return Object.entries(schema.properties).flatMap(([name, field]) => {
    const { [name]: _, ...config } = sampleConfig(schema);
    const shown = { ...config, [`${name}‸`]: sample(field, schema) };
    const { description } = resolved(field, schema);
    const cases = [{ name: `${type}: ${name} shows its description`, type, config: shown, shows: description }];
    const wrong = wrongSample(field);
    if (wrong) {
      const marked = { ...config, [name]: wrong };
      cases.push({ name: `${type}: a wrong ${name} is marked`, type, config: marked, says: 'type' });
    }
    return cases;
  });
}

function sampleConfig(schema) {
  return sampleObject(schema, schema);
}

/** Object with its required fields, of the first alternative if there are several. */
function sampleObject({ properties, required = [], oneOf = [{}] }, schema) {
  const names = [...required, ...(oneOf[0].required ?? [])];
  return Object.fromEntries(names.map((name) => [name, sample(properties[name], schema)]));
}

/** Valid value of a field. */
function sample(field, schema) {
  const form = field.if?.type === 'string' ? { allOf: [field.else] } : field;
  const { properties, ...definition } = resolved(form, schema);
  if (properties) {
    return sampleObject({ properties, ...definition }, schema);
  }
  return field.enum?.[0] ?? field.anyOf?.[0].enum?.[0] ?? SAMPLES[typesOf(field)[0] ?? 'object'];
}

/** Schema of a field; the definition, whose description editors show, if it only refers to one. */
function resolved(field, { definitions }) {
  const reference = field.allOf?.length === 1 && field.allOf[0].$ref;
  return reference ? definitions[reference.replace('#/definitions/', '')] : field;
}

/** Value of the wrong type for a field; none if it accepts all types or a list of values. */
function wrongSample(field) {
  const types = typesOf(field);
  const other = Object.keys(MARKED).find(
    (type) => !types.includes(type) && !(type === 'number' && types.includes('integer')),
  );
  return types.length > 0 && !field.anyOf ? MARKED[other] : undefined;
}

function typesOf({ type = [] }) {
  return [type].flat();
}
