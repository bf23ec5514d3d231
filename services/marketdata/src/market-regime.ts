import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Provenance } from '@nautilus/model';
import type { Context } from './context.ts';
import { isMissingFile } from './missing-file.ts';
import { observations } from './sources/fred/observations.ts';
import { SourceError, type CallOptions, type SourceFault } from './sources/source.ts';

export const REGIMES = ['LOW', 'NORMAL', 'ELEVATED', 'HIGH', 'CRISIS'] as const;
export type Regime = (typeof REGIMES)[number];

export interface MarketRegime {
  /** Close of the index, percent a year. */
  readonly vix: number;
  readonly regime: Regime;
  /** Day of the observation. */
  readonly as_of: string;
  readonly source: string;
  readonly provenance: Provenance;
}

export function regimeOf(vix: number): Regime {
  if (vix < 12) return 'LOW';
  if (vix < 20) return 'NORMAL';
  if (vix < 30) return 'ELEVATED';
  return vix < 40 ? 'HIGH' : 'CRISIS';
}

const SERIES = 'VIXCLS';
const LOOK_BACK_MS = 30 * 86_400_000;
const AWAY: ReadonlySet<SourceFault> = new Set(['not_configured', 'unauthorised', 'plan_required', 'throttled', 'unavailable']);

/**
 * From FRED, or when it cannot be asked from the recorded series: then the provenance is `replay` and the day an old one.
 * @throws SourceError when neither has a value
 */
export async function marketRegime(context: Context, options: CallOptions): Promise<MarketRegime> {
  try {
    const from = new Date(context.clock.now() - LOOK_BACK_MS).toISOString().slice(0, 10);
    const { records, provenance } = await context.state.sources.of('fred').all(observations, { series: SERIES, from }, options);
    const last = records.findLast(({ value }) => value !== null);
    if (last === undefined || last.value === null) throw new SourceError('fred', { fault: 'not_found', message: `${SERIES} has no value since ${from}` });
    return { vix: last.value, regime: regimeOf(last.value), as_of: last.date, source: 'fred', provenance };
  } catch (error) {
    if (!(error instanceof SourceError) || !AWAY.has(error.fault)) throw error;
    const recorded = await recordedVix(context.dataDirectory);
    if (recorded === undefined) throw error;
    return { vix: recorded.vix, regime: regimeOf(recorded.vix), as_of: recorded.date, source: 'fred', provenance: 'replay' };
  }
}

/** The last day of the recorded series; undefined when it is not there. */
async function recordedVix(dataDirectory: string): Promise<{ readonly date: string; readonly vix: number } | undefined> {
  let text: string;
  try {
    text = gunzipSync(await readFile(join(dataDirectory, 'sources', 'fred', 'vix.csv.gz'))).toString('utf8');
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
  const last = /(\d{1,2})\/(\d{1,2})\/(\d{4}),(\d+(?:\.\d+)?)\s*$/.exec(text);
  if (last === null) return undefined;
  const [, month = '', day = '', year = '', vix = ''] = last;
  return { date: `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`, vix: Number(vix) };
}
