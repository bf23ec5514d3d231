import { readFileSync } from 'node:fs';
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type Node, type Pair, type YAMLMap } from 'yaml';

type Schema = Record<string, unknown>;

const RESOURCES: Schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    requests: { type: ['object', 'null'], additionalProperties: { type: ['string', 'number'] } },
    limits: { type: ['object', 'null'], additionalProperties: { type: ['string', 'number'] } },
  },
};

/**
 * The schema of values.yaml, from its values and comments: a value's type is that of its default, a map takes the keys
 * that are written and no others. `@open`, `@one-of`, `@resources` and `@engines` in a comment change that.
 */
export function chartSchema(valuesFile: string, families: readonly string[]): string {
  const document = parseDocument(readFileSync(valuesFile, 'utf8'));
  const root = document.contents;
  if (!isMap(root)) throw new Error(`${valuesFile} is no map`);
  const schema = mapSchema(root, document);
  const properties = schema['properties'] as Record<string, Schema>;
  const pod = properties['engineDefaults'];
  if (pod === undefined) throw new Error(`${valuesFile} has no engineDefaults`);
  const form = { ...pod, description: 'One form of an engine.' };
  properties['engines'] = {
    type: 'object',
    description: properties['engines']?.['description'],
    // An unknown name gets a sentence from the chart's own validation instead of one about a schema.
    additionalProperties: true,
    properties: Object.fromEntries(families.map((name) => [name, { $ref: '#/$defs/family' }])),
  };
  return `${JSON.stringify({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Values of the Nautilus chart; written by "make generate" from values.yaml',
    ...schema,
    $defs: {
      form,
      family: { ...form, properties: { ...(form as { properties?: object }).properties, dual: { $ref: '#/$defs/form' }, triple: { $ref: '#/$defs/form' } } },
    },
  }, null, 2)}\n`;
}

function mapSchema(map: YAMLMap, document: Document): Schema {
  const properties = Object.fromEntries(
    (map.items as Pair<Node, Node | null>[]).map((pair, i) => {
      // The comment before the first key belongs to the map.
      const comment = pair.key.commentBefore ?? (i === 0 ? map.commentBefore : undefined) ?? '';
      return [String(pair.key), described(valueSchema(pair.value, comment, document), comment)];
    }),
  );
  return { type: 'object', additionalProperties: false, properties };
}

function valueSchema(node: Node | null, comment: string, document: Document): Schema {
  const value = isAlias(node) ? (node.resolve(document) as Node) : node;
  if (comment.includes('@open')) return { type: 'object' };
  if (comment.includes('@resources')) return RESOURCES;
  const words = /@one-of ([A-Za-z -]+)/.exec(comment)?.[1];
  if (words !== undefined) return { enum: words.trim().split(' ') };
  if (isMap(value)) return mapSchema(value, document);
  if (isSeq(value)) return { type: 'array' };
  const plain: unknown = isScalar(value) ? value.value : null;
  if (plain === null) return { type: ['integer', 'string', 'null'] };
  if (typeof plain === 'number') return { type: 'integer', minimum: 0 };
  return { type: typeof plain };
}

function described(schema: Schema, comment: string): Schema {
  const text = comment.replaceAll(/\s*@[a-z-]+( [A-Za-z -]+)?/g, '').split('\n').map((line) => line.trim()).join(' ').trim();
  return text === '' ? schema : { ...schema, description: text };
}
