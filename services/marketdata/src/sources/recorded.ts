import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { isMissingFile } from '../missing-file.ts';
import { SourceError, type Endpoint, type Source, type SourceAnswer, type SourceFault } from './source.ts';

const index = z.array(z.object({ endpoint: z.string(), parameters: z.record(z.string(), z.string()), file: z.string().regex(/^[\w-]+(\.[\w-]+)+$/) }));

/** Faults of a source that cannot be asked. One that says no is believed. */
const AWAY: ReadonlySet<SourceFault> = new Set(['not_configured', 'unavailable']);

/**
 * The source, with recorded answers for when it cannot be asked: no key, no network. Such an answer is `replay`, and nobody
 * knows when it was fetched. A question without a recording fails as it would have.
 * @param folder with `index.json` and the files it names; without it there are no recordings
 */
export function withRecordings(source: Source, folder: string): Source {
  const recorded = async <P, R>(endpoint: Endpoint<P, R>, parameters: P, refused: unknown): Promise<SourceAnswer<R>> => {
    if (!(refused instanceof SourceError) || !AWAY.has(refused.fault)) throw refused;
    const file = await fileFor(folder, endpoint.name, parameters);
    if (file === undefined) throw refused;
    const bytes = await readFile(join(folder, file));
    const body = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
    const { records } = endpoint.parse({ status: 200, headers: {}, body }, parameters);
    return { source: source.definition.name, endpoint: endpoint.name, records, fetchedAt: null, provenance: 'replay', quota: source.status().quota, cache: 'miss' };
  };
  return {
    definition: source.definition,
    status: () => source.status(),
    call: (endpoint, parameters, options) => source.call(endpoint, parameters, options).catch((error: unknown) => recorded(endpoint, parameters, error)),
    all: (endpoint, parameters, options) => source.all(endpoint, parameters, options).catch((error: unknown) => recorded(endpoint, parameters, error)),
  };
}

/** The recording of exactly this question. */
async function fileFor(folder: string, endpoint: string, parameters: unknown): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'index.json'), 'utf8');
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
  const asked = keyOf(parameters);
  return index.parse(JSON.parse(text)).find((entry) => entry.endpoint === endpoint && keyOf(entry.parameters) === asked)?.file;
}

function keyOf(parameters: unknown): string {
  const entries = Object.entries(parameters as Readonly<Record<string, unknown>>).filter(([, value]) => value !== undefined);
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
