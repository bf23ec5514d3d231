import { XMLParser } from 'fast-xml-parser';
import { excerpt, jsonOf } from '../json-body.ts';
import { MalformedError, type HttpResponse } from '../source.ts';
import { isObject, listOf, objectOf, type JsonObject } from '../values.ts';

const ROWS: ReadonlySet<string> = new Set(['observation', 'series', 'release', 'release_date', 'vintage_date', 'category']);
// Values stay text: they are judged where they are read. Entities of a document type are nobody's business here.
const xml = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', parseAttributeValue: false, parseTagValue: false, processEntities: true, isArray: (name) => ROWS.has(name) });

/**
 * The answer as an object, whether it is JSON or XML: attributes of the root, and its rows under `rows`. The service
 * answers XML to every request without `file_type=json`, and some refusals in XML whatever was asked for.
 * @throws MalformedError
 */
export function bodyOf(response: HttpResponse, list: string): { readonly fields: JsonObject; readonly rows: readonly unknown[] } {
  if (!looksLikeXml(response.body)) {
    const fields = objectOf(jsonOf(response), 'the answer');
    return { fields, rows: listOf(fields[list], list) };
  }
  const root = rootOf(response.body);
  const fields = objectOf(root, 'the answer');
  // `seriess` holds `series`, `observations` holds `observation`.
  const rows = fields[list === 'categories' ? 'category' : list.slice(0, -1)] ?? [];
  return { fields, rows: listOf(rows, list) };
}

/** Code and words of a refusal, in JSON or XML; undefined when the body is none. */
export function refusalIn(body: string): { readonly code: number; readonly message: string } | undefined {
  let fields: unknown;
  try {
    fields = looksLikeXml(body) ? elementOf(body, 'error') : JSON.parse(body);
  } catch {
    return undefined;
  }
  if (!isObject(fields)) return undefined;
  const code = Number(fields['error_code'] ?? fields['code']);
  const message = fields['error_message'] ?? fields['message'];
  return Number.isInteger(code) && typeof message === 'string' ? { code, message: excerpt(message) } : undefined;
}

function looksLikeXml(body: string): boolean {
  return /^\s*<(\?xml|[a-z_]+[\s>/])/i.test(body) && !/^\s*<(!doctype|html)/i.test(body);
}

function rootOf(body: string): unknown {
  const document = documentOf(body);
  const [root] = Object.entries(document).filter(([name]) => name !== '?xml');
  return root?.[1];
}

function elementOf(body: string, name: string): unknown {
  return documentOf(body)[name];
}

function documentOf(body: string): JsonObject {
  try {
    return objectOf(xml.parse(body, true), 'the answer');
  } catch (error) {
    throw new MalformedError(`no XML: ${error instanceof Error ? excerpt(error.message) : excerpt(body)}`);
  }
}
