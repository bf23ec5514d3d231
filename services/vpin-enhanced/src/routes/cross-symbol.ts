import { z } from 'zod';
import { routesOf } from '@nautilus/engine';
import { InvalidInputError, parseSymbol } from '@nautilus/model';
import { crossSymbolDependence } from '@nautilus/quant';
import type { Context } from '../context.ts';
import type { SymbolEntry } from '../symbol-board.ts';
import { riskOf, riskSchema } from '../wire.ts';

const { get } = routesOf<Context>();

const symbolsQuery = { symbols: z.string().optional().describe('Comma-separated; default all active ones.') };

function entriesOf(text: string | undefined, context: Context): { readonly entries: readonly SymbolEntry[]; readonly unknown: readonly string[] } {
  const { board } = context.state;
  const asked = text === undefined ? board.symbols() : text.split(',').map((one) => {
    const symbol = parseSymbol(one);
    if (symbol === undefined) throw new InvalidInputError([{ path: 'query.symbols', message: `"${one}" is not a symbol` }]);
    return symbol;
  });
  return { entries: asked.map((symbol) => board.get(symbol)).filter((entry) => entry !== undefined), unknown: asked.filter((symbol) => board.get(symbol) === undefined) };
}

const MINUTES = 60;
const SYSTEMIC_SHARE = 0.6;
const HIGH_PERCENTILE = 0.9;

const dependence = z.union([
  z.object({
    symbols: z.array(z.string()), correlations: z.array(z.array(z.number().nullable())), first_component_share: z.number().nullable(), standard_error_of_z: z.number(), n: z.int(), window: z.literal('60m'),
  }),
  z.object({ symbols: z.array(z.string()), correlations: z.null(), reason: z.string(), n: z.int(), window: z.literal('60m') }),
]);

/** Values of the minutes that all of the symbols have in common. */
function dependenceOf(entries: readonly SymbolEntry[], columnOf: (entry: SymbolEntry, minutes: readonly number[]) => Float64Array, has: (entry: SymbolEntry, minute: number) => boolean): z.infer<typeof dependence> {
  const symbols = entries.map(({ symbol }) => symbol);
  const newest = Math.max(...entries.map(({ minutes }) => [...minutes.keys()].at(-1) ?? -Infinity));
  const minutes = [...(entries[0]?.minutes.keys() ?? [])].filter((minute) => minute > newest - MINUTES && entries.every((entry) => has(entry, minute)));
  const found = crossSymbolDependence(symbols, entries.map((entry) => columnOf(entry, minutes)));
  if (found === undefined) return { symbols, correlations: null, reason: 'insufficient_history', n: minutes.length, window: '60m' };
  return {
    symbols, correlations: found.correlations.map((row) => [...row]), first_component_share: found.firstComponentShare ?? null, standard_error_of_z: found.standardErrorOfZ,
    n: found.observations, window: '60m',
  };
}

export const crossSymbolRoutes = [
  get(
    '/analysis/flash_crash_risk',
    {
      summary: 'Flash-crash risk per symbol, 0 to 1, with every cause and what is missing; watch from 0.6, alert from 0.8.',
      query: symbolsQuery,
      response: z.object({ items: z.array(riskSchema), highest: z.string().nullable(), unknown: z.array(z.string()) }),
    },
    ({ query }, context) => {
      const { entries, unknown } = entriesOf(query.symbols, context);
      const items = entries.map(({ symbol, stream }) => riskOf(symbol, stream.newestMs, stream.flashCrash));
      const highest = items.filter(({ score }) => score !== null).sort((a, b) => (b.score ?? 0) - (a.score ?? 0))[0];
      return { items, highest: highest?.symbol ?? null, unknown: [...unknown] };
    },
  ),
  get(
    '/analysis/correlations',
    {
      summary: 'Correlations across symbols over 60 minutes, of VPIN and of returns, with the share of the first component.',
      description: 'Minutes that all symbols have in common count. Below 30 of them, and below two symbols, a matrix is null with its reason.',
      query: symbolsQuery,
      response: z.object({
        vpin: dependence, returns: dependence, systemic: z.boolean().nullable().describe('A first component above 0.6 while a third of the symbols are above their 90 % level.'),
        symbols_above_90_percent: z.array(z.string()), unknown: z.array(z.string()),
      }),
    },
    ({ query }, context) => {
      const { entries, unknown } = entriesOf(query.symbols, context);
      const value = (entry: SymbolEntry, minute: number): number => entry.minutes.get(minute)?.vpin ?? NaN;
      const mid = (entry: SymbolEntry, minute: number): number => entry.minutes.get(minute)?.mid ?? NaN;
      const vpin = dependenceOf(entries, (entry, minutes) => Float64Array.from(minutes, (minute) => value(entry, minute)), (entry, minute) => (entry.minutes.get(minute)?.vpin ?? null) !== null);
      const returns = dependenceOf(
        entries,
        (entry, minutes) => Float64Array.from(minutes, (minute) => Math.log(mid(entry, minute) / mid(entry, minute - 1))),
        (entry, minute) => entry.minutes.has(minute) && entry.minutes.has(minute - 1),
      );
      const high = entries.filter(({ symbol }) => (context.state.vpin.books.get(symbol)?.readings.at(-1)?.percentile ?? -1) > HIGH_PERCENTILE).map(({ symbol }) => symbol);
      const share = vpin.correlations === null ? null : vpin.first_component_share;
      return {
        vpin, returns,
        systemic: share === null ? null : share > SYSTEMIC_SHARE && 3 * high.length >= entries.length,
        symbols_above_90_percent: high,
        unknown: [...unknown],
      };
    },
  ),
];
