import type { SimmParameters } from '../../libs/quant/src/margin/simm/simm-parameters.ts';

const WIDTH = 180;

/** The parameters as a TypeScript module that exports one constant. The same parameters give the same text. */
export function parameterModule(parameters: SimmParameters, constant: string, source: string): string {
  return [
    `// Written by tools/simm-parameters.ts from ${source}; see README.md and LICENSE.txt in this folder for origin and licence.`,
    "import type { SimmParameters } from './simm-parameters.ts';",
    '',
    `/** The calibration of ISDA SIMM ${parameters.version}, in force from ${parameters.effectiveDate}, for a horizon of ${parameters.horizonDays} business days. */`,
    `export const ${constant}: SimmParameters = ${literal(parameters, 0)};`,
    '',
  ].join('\n');
}

/** On one line when it fits, else one entry per line. */
function literal(value: unknown, depth: number): string {
  const line = oneLine(value);
  if (typeof value !== 'object' || value === null || 2 * depth + line.length <= WIDTH) return line;
  const indent = '  '.repeat(depth + 1);
  const entries = Array.isArray(value)
    ? value.map((entry) => literal(entry, depth + 1))
    : Object.entries(value).map(([key, entry]) => `${property(key)}: ${literal(entry, depth + 1)}`);
  const [opening, closing] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${opening}\n${entries.map((entry) => `${indent}${entry},\n`).join('')}${'  '.repeat(depth)}${closing}`;
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value === 'object' && value !== null) return `{ ${Object.entries(value).map(([key, entry]) => `${property(key)}: ${oneLine(entry)}`).join(', ')} }`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

const property = (key: string): string => (/^[A-Za-z]\w*$|^[1-9]\d*$/.test(key) ? key : `'${key}'`);
