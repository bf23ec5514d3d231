import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { describeChart, isProgram, production, render, type Rendered } from './render.ts';

const LONG_LINES = 40;

/**
 * Without what differs from one render to the next by design (made passwords, keys and certificates, and what is hashed
 * from them) and without long files in ConfigMaps, which are in the repository by themselves.
 */
function withoutChance(object: Rendered): Rendered {
  const text = JSON.stringify(object, (key, value: unknown) => {
    if (object.kind === 'Secret' && (key === 'data' || key === 'stringData')) return Object.fromEntries(Object.keys(value as object).map((name) => [name, '(made)']));
    if (object.kind === 'ConfigMap' && typeof value === 'string' && value.split('\n').length > LONG_LINES) return `(${value.split('\n').length} lines)`;
    return key.startsWith('checksum/') ? '(hash)' : value;
  });
  return JSON.parse(text) as Rendered;
}

const given = parse(readFileSync(production, 'utf8')) as { global: object; triplebus: object; engines: { analytics: object; ml: object } };

/**
 * Every object of three profiles as it is sent to a cluster, so that a review sees what a change of the chart does.
 * `make test TEST=tests/chart/golden ARGS=-u` accepts the change.
 */
describeChart('the rendered chart is as it was reviewed', () => {
  it.each([
    ['small', { }],
    ['required block', { values: { global: given.global, triplebus: given.triplebus, engines: { analytics: given.engines.analytics, ml: given.engines.ml } } }],
    ['production', { files: [production] }],
  ])('%s', (_profile, options) => {
    for (const object of render(options)) expect(stringify(withoutChance(object), { lineWidth: 0 })).toMatchSnapshot(`${object.kind} ${object.metadata.name}`);
  });

  // Machines with one Helm have nothing to compare; the cluster toolkit brings both.
  (isProgram('helm3') ? it : it.skip)('Helm 3 renders what Helm 4 does', () => {
    const text = (helm: string): readonly string[] => render({ helm, kubernetes: '1.34.0' }).map((object) => stringify(withoutChance(object)));
    expect(text('helm3')).toEqual(text('helm'));
  });
});
