import { z } from 'zod';
import { pageOf, pageQuery, routesOf, symbolParam, timeQuery } from '@nautilus/engine';
import { isoFromMs, PROVENANCES } from '@nautilus/model';
import type { Page, TimeRange } from '@nautilus/store';
import type { Context } from '../context.ts';
import { measureSchema, MEASURES } from '../measures.ts';

const { get } = routesOf<Context>();

const query = { ...pageQuery, from: timeQuery, to: timeQuery };
const asked = ({ from, to, limit, cursor }: { readonly from?: number | undefined; readonly to?: number | undefined; readonly limit: number; readonly cursor?: string | undefined }): readonly [TimeRange, Page] => [
  { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
  { limit, ...(cursor === undefined ? {} : { cursor }) },
];

const DESCRIPTION = 'Without "from" the newest up to "to". Empty for a symbol of which nothing is stored.';

/** What this engine found, from the store. */
export const storedRoutes = [
  get(
    '/microstructure/{symbol}/history',
    {
      summary: 'One measure of a symbol at the end of each minute, ascending by time.',
      description: DESCRIPTION,
      params: { symbol: symbolParam },
      query: { ...query, measure: z.enum(MEASURES) },
      response: pageOf(measureSchema.extend({ measure: z.string(), timestamp: z.string(), source: z.string(), provenance: z.enum(PROVENANCES) })),
    },
    async ({ params, query: given }, { store }) => {
      const { items, nextCursor } = await store.microstructure.results(params.symbol, given.measure, ...asked(given));
      return {
        items: items.map(({ measure, time, value, standardError, observations, window, quality, source, provenance }) => ({
          measure, timestamp: isoFromMs(time), value, standard_error: standardError, n: observations, window, ...(quality === null ? {} : { reason: quality }), source, provenance,
        })),
        next_cursor: nextCursor,
      };
    },
  ),
  get(
    '/pin/{symbol}/history',
    {
      summary: 'Estimates of PIN and IVPIN of a symbol, ascending by time.',
      description: `IVPIN after each bucket that it was estimated for; PIN of a run's finished days when somebody asked for it, at the beginning of the day after. ${DESCRIPTION}`,
      params: { symbol: symbolParam },
      query,
      response: pageOf(z.object({
        model: z.enum(['pin', 'ivpin']), timestamp: z.string(), probability: z.number(), standard_error: z.number().nullable(), log_likelihood: z.number(), n: z.int(), converged: z.boolean(),
        parameters: z.record(z.string(), z.unknown()), provenance: z.enum(PROVENANCES),
      })),
    },
    async ({ params, query: given }, { store }) => {
      const { items, nextCursor } = await store.microstructure.pinEstimates(params.symbol, ...asked(given));
      return {
        items: items.map(({ model, time, probability, standardError, logLikelihood, observations, converged, parameters, provenance }) => ({
          model, timestamp: isoFromMs(time), probability, standard_error: standardError, log_likelihood: logLikelihood, n: observations, converged, parameters: { ...parameters }, provenance,
        })),
        next_cursor: nextCursor,
      };
    },
  ),
  get(
    '/events/flash_crash/{symbol}',
    {
      summary: 'Changes of the flash-crash level with the inputs at that moment, ascending by time.',
      description: DESCRIPTION,
      params: { symbol: symbolParam },
      query,
      response: pageOf(z.object({ id: z.string(), timestamp: z.string(), score: z.number(), level: z.string(), level_before: z.string(), inputs: z.record(z.string(), z.unknown()), provenance: z.enum(PROVENANCES) })),
    },
    async ({ params, query: given }, { store }) => {
      const { items, nextCursor } = await store.microstructure.flashCrashEvents(params.symbol, ...asked(given));
      return {
        items: items.map(({ id, time, score, level, levelBefore, inputs, provenance }) => ({ id, timestamp: isoFromMs(time), score, level, level_before: levelBefore, inputs: { ...inputs }, provenance })),
        next_cursor: nextCursor,
      };
    },
  ),
];
