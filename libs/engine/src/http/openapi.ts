import { z } from 'zod';
import type { AnyEngine } from '../declaration.ts';
import { placedRoutes, type PlacedRoute } from './declared-paths.ts';
import { parameterNames } from './path-template.ts';
import { PROBLEM_TYPE } from './problem.ts';

type JsonObject = Record<string, unknown>;

/** Documents that are kept in the repository must not change with every release. */
const CONTRACT_VERSION = '1';

/** OpenAPI 3.1, made from the schemas that validate. Needs no running engine. */
export function openApiOf(declaration: AnyEngine, version: string = CONTRACT_VERSION, server = './'): JsonObject {
  const schemas = new SchemaSet();
  const paths: Record<string, JsonObject> = {};
  for (const placed of placedRoutes(declaration)) {
    (paths[placed.path] ??= {})[placed.route.method] = operation(placed, schemas);
  }
  for (const socket of declaration.sockets ?? []) {
    (paths[socket.path] ??= {}).get ??= {
      summary: socket.summary,
      description: `WebSocket.${socket.protocols === undefined ? '' : ` Subprotocols: ${socket.protocols.join(', ')}.`}`,
      operationId: `socket${operationName(socket.path)}`,
      tags: ['websocket'],
      parameters: parameterNames(socket.path).map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      responses: { 101: { description: 'Switching protocols.' }, default: { $ref: '#/components/responses/problem' } },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: `Nautilus ${declaration.name}`, description: declaration.summary, version },
    servers: [{ url: server }],
    // Readers show groups in this order.
    tags: [{ name: 'engine', description: 'Routes of this engine.' }, { name: 'websocket' }, { name: 'common', description: 'Routes of every engine.' }],
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(declaration.mounts === undefined ? {} : { 'x-mounts': declaration.mounts.map(({ prefix, summary }) => ({ prefix, summary })) }),
    components: {
      schemas: { Problem: schemas.convert(problemSchema, 'Problem'), ...schemas.named },
      responses: {
        problem: { description: 'Any error, as RFC 9457 has it.', content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } },
      },
      securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-API-Key' }, bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

const problemSchema = z.object({
  type: z.string().describe('Stable relative URI of the kind of problem.'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  code: z.string().optional().describe('Reason code of a denial.'),
  details: z.record(z.string(), z.unknown()).optional(),
});

function operation({ route, path, own }: PlacedRoute, schemas: SchemaSet): JsonObject {
  const name = `${route.method}${operationName(path)}`;
  const success = schemas.convert(route.response, `${name}Answer`);
  const params = schemas.parameters(route.params, 'path', name);
  const undeclared = parameterNames(path).filter((parameter) => !(parameter in (route.params ?? {})));
  const scope = route.scope ?? (route.method === 'get' ? 'read' : 'trade');
  return {
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    operationId: name,
    tags: [own ? 'engine' : 'common'],
    parameters: [
      ...params,
      ...undeclared.map((parameter) => ({ name: parameter, in: 'path', required: true, schema: { type: 'string' } })),
      ...schemas.parameters(route.query, 'query', name),
    ],
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: !(route.body as z.ZodType).safeParse({}).success,
            content: {
              'application/json': {
                schema: schemas.convert(route.body, `${name}Body`),
                ...(route.example === undefined ? {} : { example: route.example }),
              },
            },
          },
        }),
    responses: {
      [route.status ?? 200]: { description: 'Success.', content: { [isText(success) ? 'text/plain' : 'application/json']: { schema: success } } },
      ...Object.fromEntries(Object.entries(route.errors ?? {}).map(([status, description]) => [status, { description, content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } }])),
      default: { $ref: '#/components/responses/problem' },
    },
    'x-scope': scope,
  };
}

const isText = (schema: JsonObject): boolean => schema['type'] === 'string';

/** `/realtime/{symbol}` gives `RealtimeBySymbol`. */
function operationName(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (segment.startsWith('{') ? `By${capital(segment.slice(1, -1))}` : capital(segment)))
    .join('') || 'Root';
}

const capital = (text: string): string => text.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');

/** Turns schemas into JSON Schema and collects parts that refer to themselves, whose references need the document's root. */
class SchemaSet {
  readonly named: Record<string, JsonObject> = {};

  /** The form that travels: handlers give, and clients send, what a schema takes in. */
  convert(schema: z.ZodType, name: string): JsonObject {
    const { $schema: _dialect, ...converted } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', override: describeOddities }) as JsonObject;
    const text = JSON.stringify(converted);
    if (!text.includes('"$ref":"#')) return converted;
    const { $defs = {}, ...root } = relocate(converted, name) as JsonObject;
    for (const [key, part] of Object.entries($defs as Record<string, JsonObject>)) this.named[`${name}.${key}`] = part;
    this.named[name] = root;
    return { $ref: `#/components/schemas/${name}` };
  }

  parameters(shape: Readonly<Record<string, z.ZodType>> | undefined, place: 'path' | 'query', name: string): JsonObject[] {
    return Object.entries(shape ?? {}).map(([key, schema]) => {
      const { description, ...converted } = this.convert(schema, `${name}${capital(key)}`);
      return {
        name: key,
        in: place,
        required: place === 'path' || !schema.safeParse(undefined).success,
        ...(description === undefined ? {} : { description }),
        schema: converted,
      };
    });
  }
}

/** What JSON Schema has no word for is shown as the text that `wireJson` makes of it. */
function describeOddities({ zodSchema, jsonSchema }: { zodSchema: { _zod: { def: { type: string } } }; jsonSchema: JsonObject }): void {
  const { type } = zodSchema._zod.def;
  if (type === 'bigint') Object.assign(jsonSchema, { type: 'string', pattern: '^-?[0-9]+$' });
  if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
  // Every safe integer: the schema says so by the type already.
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum'];
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum'];
  if (type === 'nan') Object.assign(jsonSchema, { type: 'null' });
}

function relocate(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => relocate(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      if (key !== '$ref' || typeof item !== 'string' || !item.startsWith('#')) return [key, relocate(item, name)];
      return [key, item === '#' ? `#/components/schemas/${name}` : item.replace('#/$defs/', `#/components/schemas/${name}.`)];
    }),
  );
}
