import type { RecordingKind } from '../recordings/recording.ts';

/** One kind of text file that can be converted: its columns after the first, which is the time. */
export interface CsvFormat {
  readonly kind: RecordingKind;
  /** Accepted names of the first column. */
  readonly time: readonly string[];
  readonly columns: readonly string[];
}

const TIMES = ['time_ny', 'time'];

const CSV_FORMATS: readonly CsvFormat[] = [
  { kind: 'trade', time: TIMES, columns: ['price', 'size', 'exchange', 'condition', 'suspicious'] },
  { kind: 'quote', time: TIMES, columns: ['bid', 'bid_size', 'ask', 'ask_size', 'exchange', 'condition', 'suspicious'] },
  { kind: 'minute', time: TIMES, columns: ['open', 'high', 'low', 'close', 'volume'] },
  {
    kind: 'minute_quote',
    time: TIMES,
    columns: ['bid_open', 'bid_high', 'bid_low', 'bid_close', 'bid_size', 'ask_open', 'ask_high', 'ask_low', 'ask_close', 'ask_size'],
  },
  { kind: 'daily', time: ['date'], columns: ['open', 'high', 'low', 'close', 'volume'] },
];

/** The format whose columns are exactly these; undefined when there is none. */
export function formatOf(header: readonly string[]): CsvFormat | undefined {
  const [time = '', ...columns] = header.map((name) => name.trim());
  return CSV_FORMATS.find((format) => format.time.includes(time) && format.columns.join() === columns.join());
}

/** Sides of a quote: when the leading price is 0, the source had nothing on that side. */
export const SIDES: Readonly<Partial<Record<RecordingKind, readonly (readonly string[])[]>>> = {
  quote: [['bid', 'bid_size'], ['ask', 'ask_size']],
  minute_quote: [
    ['bid_open', 'bid_high', 'bid_low', 'bid_close', 'bid_size'],
    ['ask_open', 'ask_high', 'ask_low', 'ask_close', 'ask_size'],
  ],
};
