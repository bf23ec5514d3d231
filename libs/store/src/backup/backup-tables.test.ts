import { describe, expect, it } from '@jest/globals';
import { insertLines, referencedFirst, selectLines } from './backup-tables.ts';

describe('referencedFirst', () => {
  it('puts-referenced-tables-first-and-keeps-the-order-otherwise', () => {
    expect(referencedFirst(['a', 'b', 'c', 'd'], [['a', 'c'], ['c', 'd']])).toEqual(['d', 'c', 'a', 'b']);
    expect(referencedFirst(['a', 'b'], [])).toEqual(['a', 'b']);
    expect(referencedFirst(['a'], [['a', 'elsewhere']])).toEqual(['a']);
  });

  it('ends-on-a-circle', () => {
    expect([...referencedFirst(['a', 'b'], [['a', 'b'], ['b', 'a']])].sort()).toEqual(['a', 'b']);
  });
});

describe('the statements of a table', () => {
  const table = { name: 't', columns: [{ name: 'order', type: 'integer' }, { name: 'a"b', type: 'numeric(10,2)' }] };
  it('quote-names-and-cast-each-text-to-its-type', () => {
    expect(selectLines(table)).toBe('select array_to_json(array[t."order"::text, t."a""b"::text]::text[])::text as line from "t" t');
    expect(insertLines(table).replaceAll(/\s+/g, ' ')).toBe(
      'insert into "t" ("order", "a""b") overriding system value select u."order"::integer, u."a""b"::numeric(10,2) from unnest($1::text[], $2::text[]) as u ("order", "a""b")',
    );
  });
});
