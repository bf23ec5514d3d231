import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

/** Reference data lies beside the checkout, not in it: `<repository>/../shared/data`. */
const root = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/**
 * Absolute path of a file or folder below `../shared/data`.
 * @throws Error when it is absent; wrap the tests that need it in `describeWithSharedData`.
 */
export function sharedData(relative: string): string {
  const path = join(root, relative);
  if (!existsSync(path)) throw new Error(`Reference data "${relative}" is not in ../shared/data beside this checkout.`);
  return path;
}

interface Describe {
  (name: string, body: () => void): void;
  skip(name: string, body: () => void): void;
}

/**
 * `describe` for tests against reference data. Where the whole folder is absent, a developer sees the block
 * skipped with the reason in its name; under CI it runs, and its first use of `sharedData` fails it.
 * Jest's global is read late, so that this module also loads outside Jest (the benches use `sharedData`).
 */
export function describeWithSharedData(name: string, body: () => void): void {
  const { describe } = globalThis as unknown as { describe: Describe };
  if (existsSync(root) || process.env['CI'] !== undefined) describe(name, body);
  else describe.skip(`${name} [skipped: ../shared/data is not beside this checkout]`, body);
}
