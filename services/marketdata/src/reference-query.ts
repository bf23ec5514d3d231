import { isoFromMs } from '@nautilus/model';
import type { CompanyFactRow, ObservationRow, Page, Paged, ReferenceRepository, TimeRange } from '@nautilus/store';
import { FEEDERS } from './polling/feeders.ts';
import type { WireRecord } from './wire-event.ts';

export const REFERENCE_TYPES = ['fundamental', 'economic'] as const;
export type ReferenceType = (typeof REFERENCE_TYPES)[number];

const day = (ms: number): string => isoFromMs(ms).slice(0, 10);

/**
 * What is stored of a company's figures (by day of filing) or of an economic series (by period), ascending; without a
 * start of the range the newest. A series is that of the first source that has it. Empty when nothing is stored.
 */
export async function referenceRecords(reference: ReferenceRepository, type: ReferenceType, symbol: string, range: TimeRange, page: Page): Promise<Paged<WireRecord>> {
  if (type === 'fundamental') {
    const { items, nextCursor } = await reference.facts(symbol, range, page);
    return { items: items.map(wireFact), nextCursor };
  }
  for (const { source } of FEEDERS.filter((feeder) => feeder.type === 'economic')) {
    const { items, nextCursor } = await reference.observations(source, symbol, range, page);
    if (items.length > 0) return { items: items.map(wireObservation), nextCursor };
  }
  return { items: [], nextCursor: null };
}

function wireFact({ start, end, filed, ingestedAt, ...row }: CompanyFactRow): WireRecord {
  return { ...row, start: start === null ? null : day(start), end: day(end), filed: day(filed), timestamp: isoFromMs(filed), ingested_at: isoFromMs(ingestedAt) };
}

function wireObservation({ series, time, vintage, ingestedAt, ...row }: ObservationRow): WireRecord {
  return { ...row, symbol: series, date: day(time), known_from: day(vintage), timestamp: isoFromMs(time), ingested_at: isoFromMs(ingestedAt) };
}
