import { availableParallelism } from 'node:os';

// One project per test level (see ARCHITECTURE.md, "Tests"). Types are stripped by swc; nothing is bundled.
const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024', experimental: { keepImportAttributes: true } }, module: { type: 'es6' } }],
  },
  modulePathIgnorePatterns: ['/dist/', '/.nautilus/'],
  ...(process.env.CI === undefined ? {} : { moduleNameMapper: { '^fast-check$': '<rootDir>/tests/seeded-fast-check.mjs' } }),
  ...more,
});

export default {
  projects: [
    project('unit', ['<rootDir>/libs/*/src/**/*.test.ts', '<rootDir>/services/*/src/**/*.test.ts', '<rootDir>/tools/**/*.test.ts']),
    project('contract', ['<rootDir>/tests/contract/**/*.test.ts']),
    project('conformance', ['<rootDir>/tests/conformance/**/*.test.ts']),
    project('integration', ['<rootDir>/tests/integration/**/*.test.ts']),
    project('chart', ['<rootDir>/tests/chart/**/*.test.ts']),
    // Needs a cluster: make e2e.
    project('e2e', ['<rootDir>/tests/e2e/**/*.test.ts'], { globalSetup: '<rootDir>/tests/e2e/slow-clients.ts' }),
    // Against the cluster of make up: make chaos.
    project('chaos', ['<rootDir>/tests/chaos/**/*.test.ts']),
    project('browser', ['<rootDir>/tests/browser/**/*.test.ts']),
  ],
  testTimeout: 60_000,
  testSequencer: '<rootDir>/tests/slow-levels-first.mjs',
  // Jest's default would leave one of two cores idle.
  maxWorkers: Math.max(2, Math.ceil(availableParallelism() / 2)),
};
