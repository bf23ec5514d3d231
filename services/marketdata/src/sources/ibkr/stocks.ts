import { z } from 'zod';
import { jsonAs } from '../json-body.ts';
import type { Endpoint } from '../source.ts';
import type { Instrument } from './contracts.ts';

const DAY_MS = 86_400_000;

const contract = z.object({ conid: z.int().positive(), exchange: z.string(), isUS: z.boolean().nullish() });
const instrument = z.object({ name: z.string(), chineseName: z.string().nullish(), assetClass: z.string(), contracts: z.array(contract) });
const answer = z.record(z.string(), z.array(instrument));

/** Everything that trades under the tickers, on every exchange. A ticker that nobody knows has no instruments. */
export const stocksEndpoint: Endpoint<{ readonly symbols: readonly string[] }, Instrument> = {
  name: 'stocks',
  freshMs: () => DAY_MS,
  staleMs: 7 * DAY_MS,
  request: ({ symbols }) => ({ path: '/trsrv/stocks', query: { symbols: symbols.join(',') } }),
  parse: (response) => ({
    records: Object.entries(jsonAs(response, answer)).flatMap(([symbol, instruments]) =>
      instruments.map(({ name, chineseName, assetClass, contracts }): Instrument => ({
        symbol, name: resolved(name), localName: chineseName === null || chineseName === undefined ? null : resolved(chineseName), assetClass,
        contracts: contracts.map(({ conid, exchange, isUS }) => ({ conid, exchange, isUs: isUS ?? null })),
      })),
    ),
  }),
};

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Names come with character references, as `&#x82F9;`. */
function resolved(name: string): string {
  return name.replaceAll(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{2,4}));/gi, (all, hex: string | undefined, decimal: string | undefined, word: string | undefined) => {
    if (word !== undefined) return NAMED[word] ?? all;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
