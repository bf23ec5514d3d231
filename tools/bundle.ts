/**
 * Makes what an image of one service carries: node tools/bundle.ts SERVICE FOLDER
 *
 *   FOLDER/src/main.mjs       minified ESM with source maps, large parts that load on first need in files of their
 *                             own; in `src` so that a file's `../x` is FOLDER/x
 *   FOLDER/migrations         the SQL that the store compares the database's version with
 *   FOLDER/node_modules       what cannot be bundled: the page of /docs
 *   FOLDER/src/<entry>.mjs    what `nautilus.entries` names: programs of worker threads
 *   FOLDER/<asset>            what `nautilus.assets` in the service's package.json names, source by destination
 */
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

/** Optional parts of packages that a cluster never loads: native accelerators, and the embedded database. */
const LEFT_OUT = ['pg-native', 'msgpackr-extract', 'bufferutil', 'utf-8-validate', '@electric-sql/pglite'];
const DOCS_PAGE = ['package.json', 'swagger-ui.css', 'swagger-ui-bundle.js'];
const LARGEST_BUNDLE_BYTES = 3 * 1024 * 1024;

const root = fileURLToPath(new URL('..', import.meta.url));
const [service, folder] = process.argv.slice(2);
if (service === undefined || folder === undefined || service.startsWith('-')) {
  console.error('Usage: node tools/bundle.ts SERVICE FOLDER');
  process.exit(1);
}

interface Manifest {
  readonly nautilus?: { readonly assets?: Readonly<Record<string, string>>; readonly entries?: readonly string[] };
}

const source = join(root, 'services', service);
const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as Manifest;

/** Most of mime-db are types that no file name stands for; servers of ours send none of them. */
const fileTypesOnly: Plugin = {
  name: 'file-types-only',
  setup(bundle) {
    bundle.onLoad({ filter: /mime-db[\\/]db\.json$/ }, async ({ path }) => {
      const types = JSON.parse(await readFile(path, 'utf8')) as Record<string, { extensions?: unknown }>;
      const kept = Object.entries(types).filter(([, type]) => type.extensions !== undefined);
      return { contents: JSON.stringify(Object.fromEntries(kept)), loader: 'json' };
    });
  },
};

const { metafile } = await build({
  entryPoints: ['main', ...(manifest.nautilus?.entries ?? [])].map((entry) => join(source, 'src', `${entry}.ts`)),
  outdir: join(folder, 'src'),
  outExtension: { '.js': '.mjs' },
  chunkNames: 'part-[hash]',
  splitting: true,
  metafile: true,
  bundle: true,
  minify: true,
  charset: 'utf8',
  sourcemap: true,
  sourcesContent: false,
  platform: 'node',
  // The ESM form of a package drops what nobody imports.
  mainFields: ['module', 'main'],
  format: 'esm',
  target: 'node24',
  external: LEFT_OUT,
  plugins: [fileTypesOnly],
  // Bundled CommonJS packages ask for built-in modules with `require`.
  banner: { js: "import { createRequire as nautilusRequire } from 'node:module'; const require = nautilusRequire(import.meta.url);" },
  logLevel: 'warning',
});

// Nobody reads the lines of packages that are loaded on need; their maps are as large as they are.
for (const [path, { inputs, bytes }] of Object.entries(metafile.outputs)) {
  const own = Object.entries(inputs).reduce((sum, [input, { bytesInOutput }]) => sum + (input.includes('node_modules/') ? 0 : bytesInOutput), 0);
  if (path.endsWith('.mjs') && own < 0.05 * bytes) await rm(`${path}.map`, { force: true });
}

await cp(join(root, 'libs/store/migrations'), join(folder, 'migrations'), { recursive: true });
for (const file of DOCS_PAGE) await copy(join(root, 'node_modules/swagger-ui-dist', file), join(folder, 'node_modules/swagger-ui-dist', file));
for (const [from, to] of Object.entries(manifest.nautilus?.assets ?? {})) await copy(join(source, from), join(folder, to));

const bytes = bytesAtStart();
console.log(`${service}: bundle of ${(bytes / 1024 / 1024).toFixed(2)} MiB`);
if (bytes > LARGEST_BUNDLE_BYTES) {
  console.error(`The bundle of ${service} is larger than 3 MiB: see what it imports.`);
  process.exit(1);
}

/** What is read at the start: the entry and the parts that it imports without waiting for a need. */
function bytesAtStart(): number {
  const { outputs } = metafile;
  const entry = Object.keys(outputs).find((path) => outputs[path]?.entryPoint?.endsWith('/main.ts') === true);
  const seen = new Set<string>(entry === undefined ? [] : [entry]);
  for (const path of seen) {
    for (const imported of outputs[path]?.imports ?? []) if (imported.kind === 'import-statement' && outputs[imported.path] !== undefined) seen.add(imported.path);
  }
  return [...seen].reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0);
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true });
}
