import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { describeWithSharedData, sharedData } from '@nautilus/testkit';
import { readField } from './field-values.ts';
import { availabilityOf, SNAPSHOT_FIELDS, type FieldKind } from './fields.ts';

describe('readField', () => {
  it.each<[FieldKind, unknown, unknown]>([
    ['price', '189.37', { value: 189.37 }],
    ['price', 'C189.37', { value: 189.37, state: 'close' }],
    ['price', 'H12.5', { value: 12.5, state: 'halted' }],
    ['price', 'C', { value: null, state: 'close' }],
    ['price', '4,567.25', { value: 4567.25 }],
    ['price', '-1.50', { value: -1.5 }],
    ['price', 12.5, { value: 12.5 }],
    ['magnitude', '1.2M', { value: 1_200_000 }],
    ['magnitude', '1.001K', { value: 1001 }],
    ['magnitude', '4.35M', { value: 4_350_000 }],
    ['magnitude', '2.95T', { value: 2_950_000_000_000 }],
    ['magnitude', '1,200', { value: 1200 }],
    ['magnitude', '0', { value: 0 }],
    ['percent', '-0.5852%', { value: -0.5852 }],
    ['percent', '3', { value: 3 }],
    ['flag', '1', { value: true }],
    ['flag', 0, { value: false }],
    ['text', 'AAPL', { value: 'AAPL' }],
    ['text', 265598, { value: '265598' }],
    ['number', '', { value: null }],
    ['number', 'N/A', { value: null }],
    ['text', '', { value: null }],
    ['price', null, { value: null }],
  ])('reads a %s from %p', (kind, raw, expected) => {
    expect(readField(kind, raw)).toEqual(expected);
  });

  it.each<[FieldKind, unknown]>([
    ['price', 'X12'], ['price', 'CH12'], ['price', '12abc'], ['price', '1,2'], ['price', 'NaN'], ['number', 'Infinity'], ['magnitude', '1.2Q'], ['magnitude', 'K'],
    ['percent', '%'], ['flag', 'yes'], ['number', { a: 1 }], ['price', Number.NaN], ['number', true], ['number', '0x10'],
  ])('refuses a %s of %p', (kind, raw) => {
    expect(readField(kind, raw)).toBeUndefined();
  });
});

describe('availabilityOf', () => {
  it('reads letter by letter', () => {
    expect(availabilityOf('RpB')).toEqual({ timeliness: 'realtime', hasSnapshot: false, isConsolidated: true, hasBook: true });
    expect(availabilityOf('DP')).toEqual({ timeliness: 'delayed', hasSnapshot: true, isConsolidated: false, hasBook: false });
    expect(availabilityOf('')).toMatchObject({ timeliness: null });
    expect(availabilityOf('Q')).toBeUndefined();
  });
});

describeWithSharedData('the field table', () => {
  it('has every field of the recorded table under the same name', () => {
    const text = readFileSync(sharedData('sources/ibkr/ibind_snapshot_fields.py.txt'), 'utf8');
    const recorded = [...text.matchAll(/^ {4}'([^']+)': '(\d+)',/gm)].map(([, name, id]) => [id, name]);
    expect(recorded.length).toBeGreaterThan(100);
    expect(recorded.sort()).toEqual([...SNAPSHOT_FIELDS.values()].map(({ id, name }) => [id, name]).sort());
  });
});
