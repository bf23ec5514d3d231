// The layers of ARCHITECTURE.md, held by lint. Local rules live in tools/eslint and have tests of their own.
import tseslint from 'typescript-eslint';
import importX from 'eslint-plugin-import-x';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import nautilus from './tools/eslint/plugin.mjs';

const TESTS = ['**/*.test.ts', 'tests/**', 'libs/testkit/**', 'tools/**'];

/** Packages with one owner: whoever else needs them goes through the owner's door. */
const OWNERS = {
  'decimal.js': ['libs/model'],
  'ml-matrix': ['libs/quant'],
  highs: ['libs/quant'],
  ioredis: ['libs/bus'],
  msgpackr: ['libs/bus', 'libs/engine'],
  'http-proxy-3': ['libs/engine'],
  pg: ['libs/store'],
  'pg-copy-streams': ['libs/store'],
  '@electric-sql/pglite': ['libs/store'],
  'onnxruntime-node': ['libs/inference'],
  piscina: ['libs/inference'],
  '@kubernetes/client-node': ['libs/cluster'],
  express: ['libs/engine'],
  'prom-client': ['libs/engine'],
  pino: ['libs/engine'],
  bullmq: ['libs/engine'],
  ws: ['libs/engine'],
};

/** What each folder may import of our own. */
const LAYERS = {
  'libs/model': [],
  'libs/quant': ['model'],
  'libs/bus': ['model'],
  'libs/store': ['model'],
  'libs/engine': ['model', 'bus', 'store', 'cluster'],
  'libs/cluster': ['model'],
  'libs/client': [],
  'libs/compute': ['model', 'quant', 'bus'],
  'libs/vpin': ['model', 'quant', 'compute', 'store', 'engine'],
  services: ['model', 'quant', 'bus', 'store', 'engine', 'inference', 'cluster', 'compute', 'vpin', 'client'],
};

const LIBS = ['model', 'quant', 'bus', 'store', 'inference', 'cluster', 'compute', 'engine', 'vpin', 'client', 'testkit'];

const layerRules = Object.entries(LAYERS).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`, `${folder}/**/*.tsx`],
  ignores: TESTS,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: [
              ...LIBS.filter((lib) => !allowed.includes(lib)).map((lib) => `@nautilus/${lib}`),
              ...LIBS.map((lib) => `@nautilus/${lib}/*`),
              '@nautilus/*-engine',
              '@nautilus/dashboard',
            ],
            message: `${folder} may import ${allowed.length === 0 ? 'none of our packages' : allowed.map((lib) => `@nautilus/${lib}`).join(', ')}, each by its public door.`,
          },
          ...(folder === 'libs/model' || folder === 'libs/quant' || folder === 'libs/client'
            ? [{ group: ['node:*'], message: `${folder} does no I/O and is the same in every runtime.` }]
            : []),
          ...Object.entries(OWNERS)
            .filter(([, owners]) => !owners.some((owner) => owner === folder || owner.startsWith(`${folder}/`)))
            .map(([name, owners]) => ({ group: [name, `${name}/*`], message: `${name} belongs to ${owners.join(', ')}.` })),
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/node_modules/**', '**/dist/**', '.nautilus/**', '**/fixtures/**', 'services/*/generated/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX, nautilus },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ project: ['tsconfig.json'] })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts', '.tsx'] },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'max-lines': ['error', { max: 450, skipBlankLines: true, skipComments: true }],
      'nautilus/exemption-has-reason': 'error',
    },
  },
  {
    files: ['libs/**/*.ts', 'services/**/*.ts', 'services/**/*.tsx'],
    ignores: TESTS,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      'nautilus/ambient-only-in-owners': 'error',
      'nautilus/topic-names-in-one-place': 'error',
    },
  },
  ...layerRules,
  {
    files: ['services/*/src/**/*.ts'],
    ignores: TESTS,
    rules: { 'nautilus/no-service-imports-another': 'error' },
  },
);
