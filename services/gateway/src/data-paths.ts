import type { MountDeclaration } from '@nautilus/engine';
import type { Context } from './context.ts';
import { passOn } from './proxy.ts';
import type { Endpoint } from './registry.ts';

/** The engine that holds the keys of the outside sources; the gateway has none. */
const OWNER = 'marketdata';

/** Paths that this engine serves itself, with what is there. */
const PATHS: Readonly<Record<string, string>> = {
  '/api/v1/sources': 'state of every outside source',
  '/api/v1/alpha-vantage': 'Alpha Vantage',
  '/api/v1/fred': 'FRED',
  '/api/v1/edgar': 'SEC EDGAR',
  '/api/v1/datagov': 'Data.gov',
  '/api/v1/dbnomics': 'DBnomics',
  '/api/v1/trading-economics': 'Trading Economics',
  '/api/v1/yahoo': 'Yahoo Finance',
  '/api/v1/market-regime': 'market regime',
  '/api/v1/market-data': 'stored bars',
  '/api/v1/ib': 'backfill from Interactive Brokers',
  '/api/v1/historical': 'state of backfills',
};

/** None where the engine is not built. */
export function dataMounts(endpoints: readonly Endpoint[]): readonly MountDeclaration<Context>[] {
  if (!endpoints.some(({ folder }) => folder === OWNER)) return [];
  return Object.entries(PATHS).map(([prefix, what]) => ({
    prefix,
    summary: `To ${OWNER}, path unchanged: ${what}.`,
    handle: (request, response, context) => passOn(OWNER, '', request, response, context),
  }));
}
