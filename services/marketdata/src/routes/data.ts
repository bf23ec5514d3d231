import { routesOf, streamed } from '@nautilus/engine';
import { z } from 'zod';
import { fingerprintOf, keyOf } from '../answered-keys.ts';
import type { Context } from '../context.ts';
import { csvOf } from '../data-csv.ts';
import { parquetOf } from '../data-parquet.ts';
import { dataQuery, exportData, queryData } from '../data-query.ts';
import { ingest } from '../ingest.ts';
import { sourceList } from '../sources.ts';
import { pageOf, pageQuery, page, provenance, sourceState, symbol } from './schemas.ts';

const { get, post } = routesOf<Context>();

/** Exports by what is asked for, in the media type that is answered. */
const EXPORTS = {
  csv: { mediaType: 'text/csv', contentType: 'text/csv; charset=utf-8', write: csvOf },
  parquet: { mediaType: 'application/vnd.apache.parquet', contentType: 'application/vnd.apache.parquet', write: parquetOf },
} as const;
type ExportFormat = keyof typeof EXPORTS;
const FORMATS: readonly ExportFormat[] = ['csv', 'parquet'];

/** The first export that an `Accept` header names. */
function formatOf(accept = ''): ExportFormat | undefined {
  const types = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase());
  return types.map((type) => FORMATS.find((format) => EXPORTS[format].mediaType === type)).find((format) => format !== undefined);
}

const record = z.record(z.string(), z.unknown());

export const dataRoutes = [
  get('/data/{symbol}', {
    summary: 'Stored records of one instrument',
    description: 'Ascending by time. Without `from` the newest ones. Bars longer than a minute are built from one-minute bars; daily bars of the recordings are as recorded.',
    params: { symbol },
    query: { ...dataQuery, format: z.enum(['json', ...FORMATS]).optional().describe('`csv` (also `Accept: text/csv`) or `parquet` (also `Accept: application/vnd.apache.parquet`): every record of the range, without regard to `limit`, streamed. In Parquet `ts_event_ns` is an instant in nanoseconds, a row group holds some 2,000 records') },
    response: z.object({
      symbol: z.string(), data: z.array(record), provenance, cache: z.object({ hit: z.boolean() }), reason: z.string().optional(),
    }),
    errors: { 404: 'The symbol is not known here; the recorded ones are listed.', 503: 'The database is away.' },
  }, async ({ params, query: { format, ...query }, request }, context) => {
    const asked = format ?? formatOf(request.headers.accept) ?? 'json';
    if (asked !== 'json') {
      const { contentType, write } = EXPORTS[asked];
      const name = `${params.symbol}-${query.data_type}.${asked}`.replaceAll(/[^\w.-]/g, '_');
      return streamed(contentType, write(query, exportData(params.symbol, query, context)), { 'Content-Disposition': `attachment; filename="${name}"` });
    }
    const answer = await queryData(params.symbol, query, context);
    return { ...answer, data: answer.data.map((item) => ({ ...item })) };
  }),

  post('/data/ingest', {
    summary: 'Takes records of other sources',
    description: 'Each record is judged on its own. The sender says under which `provenance` it vouches for a record; without one it counts as simulated. Names of recordings are refused. With a header `Idempotency-Key` (at most 200 characters, of the sender\'s choice) a request may be sent again after its answer was lost: for ten minutes, as long as this process runs and fewer than 10,000 keys came since, the same key and body get the first answer and nothing is stored twice. A request that failed as a whole is not remembered.',
    aliases: ['/process/ibkr'],
    body: z.object({ data: z.array(z.unknown()).min(1).max(50_000) }),
    bodyLimitBytes: 16 * 1024 * 1024,
    response: z.object({
      accepted: z.int(), rejected: z.array(z.object({ index: z.int(), reason: z.string(), message: z.string() })), duration_ms: z.number(),
    }),
    errors: {
      400: 'The `Idempotency-Key` is empty or too long.', 409: 'The first request with this `Idempotency-Key` is still worked on.',
      422: 'A body of another shape, or an `Idempotency-Key` that was used with another body.', 429: 'More records arrive than can be taken; nothing of this request was.',
    },
    example: { data: [{ symbol: 'IBM', data_type: 'tick', source: 'desk', provenance: 'live', timestamp: '2025-01-02T15:00:00.000Z', data: { price: 220.5, size: 100 } }] },
  }, async ({ body, request }, context) => {
    const key = keyOf(request.headers['idempotency-key']);
    const take = () => ingest(body.data, context);
    // Senders do not know each other's keys.
    const answer = key === undefined ? await take() : await context.state.answeredKeys.once(`${request.principal?.name ?? ''} ${key}`, await fingerprintOf(body.data), take);
    return { ...answer, rejected: [...answer.rejected] };
  }),

  get('/benchmark/ibkr', {
    summary: 'Measured times from the hand-over of an event until the bus had accepted it',
    description: 'Of one event in 64, the last 1,024 of them. Events of every source take the same way; `messages` are those of Interactive Brokers since the start.',
    response: z.object({ source: z.literal('ibkr'), messages: z.int(), publish: z.object({ samples: z.int(), p50_ms: z.number().nullable(), p95_ms: z.number().nullable(), p99_ms: z.number().nullable(), max_ms: z.number().nullable() }), reason: z.string().optional() }),
  }, (_input, { state }) => {
    const publish = state.publishTimes.summary();
    return { source: 'ibkr' as const, messages: state.hub.messagesOf('ibkr'), publish, ...(publish.samples === 0 ? { reason: 'no_data' } : {}) };
  }),

  get('/sources', {
    summary: 'Where records come from, and how many are stored',
    description: '`records` are counted by SQL. Recordings show what their files hold; sources that only ingest show what is stored; outside sources show their state and the quota that is left.',
    query: pageQuery,
    response: pageOf(z.object({
      source: z.string(), state: sourceState, kind: z.enum(['recording', 'ingest', 'outside']), provenance: z.array(provenance), symbols: z.array(z.string()),
      recorded: z.int().nullable(), records: z.object({ trade: z.int(), quote: z.int(), bar: z.int(), level2: z.int(), economic: z.int(), fundamental: z.int() }),
      quota_left: z.int().nullable(), reason: z.enum(['no_credentials', 'switched_off']).nullable().describe('Why an outside source is not asked'), last_error: z.string().nullable(),
    })),
  }, async ({ query }, context) => page(await sourceList(context), ({ source }) => source, query)),
];
