/**
 * Writes every document that a declaration, a schema or a table can tell by itself.
 *
 *   node tools/generate.ts           writes what changed
 *   node tools/generate.ts --check   writes nothing; fails and names the files that are stale
 */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartDocuments } from './generate/chart.ts';
import { loadEngines } from './generate/engines.ts';
import { ENGINE_LIST, engineDocuments } from './generate/engine-documents.ts';
import { openApiDocuments } from './generate/openapi.ts';
import { skaffoldDocuments } from './generate/skaffold.ts';
import { tableDocuments } from './generate/tables.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');

async function current(path: string): Promise<string | undefined> {
  return readFile(join(root, path), 'utf8').catch(() => undefined);
}

/** Generated folders hold nothing else, so what is no longer written is removed. */
async function leftovers(wanted: ReadonlySet<string>): Promise<string[]> {
  const folder = 'docs/openapi';
  const files = await readdir(join(root, folder)).catch(() => []);
  return files.map((file) => join(folder, file)).filter((path) => !wanted.has(path));
}

const engines = await loadEngines(root);
const documents = new Map<string, string>([
  ...engineDocuments(engines),
  ...chartDocuments(root, engines),
  ...skaffoldDocuments(root, engines),
  ...(await tableDocuments(engines)),
  ...openApiDocuments(engines),
]);

const stale: string[] = [];
for (const [path, text] of documents) {
  if ((await current(path)) === text) continue;
  stale.push(path);
  if (check) continue;
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}
for (const path of await leftovers(new Set(documents.keys()))) {
  stale.push(path);
  if (!check) await rm(join(root, path));
}

if (stale.length === 0) console.log(`${documents.size} generated files are current`);
else if (check) {
  console.error(`Stale: ${stale.map((path) => relative('.', path)).join(', ')}. Run "make generate" and commit the result.`);
  process.exitCode = 1;
} else {
  console.log(`wrote ${stale.join(', ')}`);
  // The gateway's declaration reads the list of engines, so its documents follow in a second pass.
  if (stale.includes(ENGINE_LIST)) execFileSync(process.execPath, [fileURLToPath(import.meta.url)], { stdio: 'inherit' });
}
