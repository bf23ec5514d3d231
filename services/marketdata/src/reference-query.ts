import { isoFromMs, type Provenance } from '@nautilus/model';
import type { CompanyFactRow, ObservationRow, ReferenceRepository, TimeRange } from '@nautilus/store';
import { FEEDERS } from './polling/feeders.ts';

export const REFERENCE_TYPES = ['fundamental', 'economic'] as const;
export type ReferenceType = (typeof REFERENCE_TYPES)[number];

export interface ReferenceRecord extends Readonly<Record<string, unknown>> {
  readonly source: string;
  readonly provenance: Provenance;
}

const day = (ms: number): string => isoFromMs(ms).slice(0, 10);

/**
 * What is stored of a company's figures (by day of filing) or of an economic series (by period), ascending; without a
 * start of the range the newest. A series is that of the first source that has it. Empty when nothing is stored.
 */
export async function referenceRecords(reference: ReferenceRepository, type: ReferenceType, symbol: string, range: TimeRange, limit: number): Promise<readonly ReferenceRecord[]> {
  if (type === 'fundamental') return (await reference.facts(symbol, range, { limit })).items.map((row) => wireFact(row));
  for (const { source } of FEEDERS.filter((feeder) => feeder.type === 'economic')) {
    const { items } = await reference.observations(source, symbol, range, { limit });
    if (items.length > 0) return items.map((row) => wireObservation(row));
  }
  return [];
}

function wireFact({ start, end, filed, ingestedAt, ...row }: CompanyFactRow): ReferenceRecord {
  return { ...row, start: start === null ? null : day(start), end: day(end), filed: day(filed), timestamp: isoFromMs(filed), ingested_at: isoFromMs(ingestedAt) };
}

function wireObservation({ series, time, vintage, ingestedAt, ...row }: ObservationRow): ReferenceRecord {
  return { ...row, symbol: series, date: day(time), known_from: day(vintage), timestamp: isoFromMs(time), ingested_at: isoFromMs(ingestedAt) };
}
