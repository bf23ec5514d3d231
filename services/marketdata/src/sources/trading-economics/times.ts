import type { EpochMs } from '@nautilus/model';

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/;
const US = /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))? (AM|PM))?$/;

/** JSON times carry no zone and mean UTC. Undefined for anything else, also for a day that no calendar has. */
export function timeOfJson(text: string): EpochMs | undefined {
  if (!ISO.test(text)) return undefined;
  const ms = Date.parse(`${text}Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text.slice(0, 10) ? undefined : ms;
}

/** CSV times are American, `12/2/2016 1:30:00 PM`, and mean UTC too; a date alone is its midnight. */
export function timeOfCsv(text: string): EpochMs | undefined {
  const match = US.exec(text);
  if (match === null) return undefined;
  const [, month = '', day = '', year = '', hour = '12', minute = '0', second = '0', half = 'AM'] = match;
  const [m, d, h, min, s] = [month, day, hour, minute, second].map(Number) as [number, number, number, number, number];
  if (h < 1 || h > 12 || min > 59 || s > 59) return undefined;
  const ms = Date.UTC(Number(year), m - 1, d, (h % 12) + (half === 'PM' ? 12 : 0), min, s);
  const back = new Date(ms);
  return back.getUTCMonth() === m - 1 && back.getUTCDate() === d ? ms : undefined;
}
