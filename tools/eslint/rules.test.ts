import { readFileSync, readdirSync } from 'node:fs';
import { Linter } from 'eslint';
import { describe, expect, it } from '@jest/globals';
import tseslint from 'typescript-eslint';
// @ts-expect-error the plugin is JavaScript, so that ESLint loads it without a build
import nautilus from './plugin.mjs';

const folder = new URL('fixtures/', import.meta.url);
const rules = Object.keys((nautilus as { rules: Record<string, unknown> }).rules);

/** Breaches that each failing file holds. */
const BREACHES: Readonly<Record<string, number>> = {
  'ambient-only-in-owners': 5,
  'exemption-has-reason': 1,
  'no-service-imports-another': 2,
  'topic-names-in-one-place': 3,
};

/** Lints a fixture as if it were an ordinary source file of a service. */
function complaints(rule: string, fixture: string): string[] {
  const config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { nautilus },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    rules: { [`nautilus/${rule}`]: 'error' },
  } as unknown as Linter.Config;
  return new Linter({ cwd: '/' })
    .verify(readFileSync(new URL(fixture, folder), 'utf8'), [config], { filename: '/services/risk/src/example.ts' })
    .map((message) => message.ruleId ?? message.message);
}

describe.each(rules)('%s', (rule) => {
  it('accepts the file that follows it', () => {
    expect(complaints(rule, `${rule}.pass.ts`)).toEqual([]);
  });

  it('reports every breach in the file that breaks it', () => {
    expect(complaints(rule, `${rule}.fail.ts`)).toEqual(Array(BREACHES[rule]).fill(`nautilus/${rule}`));
  });
});

it('every fixture belongs to a rule', () => {
  const named = readdirSync(folder).map((file) => file.replace(/\.(pass|fail)\.ts$/, ''));
  expect(new Set(named)).toEqual(new Set(rules));
});
