import { dateOf, numberOf, objectOf, requiredText, textOf, type JsonObject } from '../values.ts';
import { jsonOf } from '../json-body.ts';
import { MalformedError, RefusedError, type HttpResponse } from '../source.ts';
import { Zone } from '../../recordings/zone.ts';

const ABSENT = ['None', '-', 'null', 'NaN'];
const zones = new Map<string, Zone>();

/**
 * Fields by the text after their number, since the numbering differs from function to function: `1. open`,
 * `01. symbol`, `1: Symbol`, `1a. price (CNY)`.
 */
export class Fields {
  readonly #byName: ReadonlyMap<string, unknown>;

  constructor(value: unknown, what: string) {
    this.#byName = new Map(Object.entries(objectOf(value, what)).map(([name, field]) => [unnumbered(name), field]));
  }

  number(...names: readonly string[]): number | null {
    const name = names.find((one) => this.#byName.has(one));
    return name === undefined ? null : figure(this.#byName.get(name), name);
  }

  text(name: string): string | null {
    return textOf(this.#byName.get(name), name);
  }

  required(name: string): string {
    return requiredText(this.#byName.get(name), name);
  }
}

function unnumbered(name: string): string {
  return name.replace(/^\d+[a-z]?[.:]\s*/, '');
}

/** A number or a percentage; `None` is null. Per cent becomes a fraction. @throws MalformedError */
export function figure(value: unknown, what: string): number | null {
  const percent = typeof value === 'string' && value.endsWith('%');
  // The exponent makes it the double nearest to the fraction; a division would round twice.
  return numberOf(percent ? `${value.slice(0, -1)}e-2` : value, what, ABSENT);
}

/** The body as an object. An empty one is how the service says that it has nothing under the name. */
export function bodyOf(response: HttpResponse, what: string): JsonObject {
  const body = objectOf(jsonOf(response), 'the answer');
  if (Object.keys(body).length === 0) throw new RefusedError({ fault: 'not_found', message: `nothing on ${what}` });
  return body;
}

/** The member whose name begins so. @throws MalformedError when there is none, or several */
export function member(body: JsonObject, beginning: string): JsonObject {
  const found = Object.keys(body).filter((name) => name.startsWith(beginning));
  const [name] = found;
  if (name === undefined || found.length > 1) throw new MalformedError(`${found.length} members named "${beginning}…"`);
  return objectOf(body[name], name);
}

/**
 * UTC of a wall time (`2017-12-18 14:56:00`, `2017-12-20 14:00`, `2017-12-20`) in the zone that the answer names.
 * @throws MalformedError for a time that the zone never had, or a zone that nobody knows
 */
export function utcOf(text: string, zone: string): number {
  const [, date, time = '00:00', seconds = '00'] = /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2})(?::(\d{2}))?)?$/.exec(text) ?? [];
  const wall = date === undefined ? NaN : Date.parse(`${dateOf(date, 'a time')}T${time}:${seconds}Z`);
  const utc = Number.isNaN(wall) ? undefined : zone === 'UTC' ? wall : zoneOf(zone).toUtc(wall);
  if (utc === undefined) throw new MalformedError(`no time in ${zone}: ${text}`);
  return utc;
}

function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    try {
      zone = new Zone(name);
    } catch {
      throw new MalformedError(`no time zone: ${name}`);
    }
    zones.set(name, zone);
  }
  return zone;
}
