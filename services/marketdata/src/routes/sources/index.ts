import type { AnyRoute } from '@nautilus/engine';
import type { Context } from '../../context.ts';
import { alphaVantageRoutes } from './alpha-vantage.ts';
import { dataGovRoutes } from './data-gov.ts';
import { dbnomicsRoutes } from './dbnomics.ts';
import { edgarRoutes } from './edgar.ts';
import { fredRoutes } from './fred.ts';
import { ibkrRoutes } from './ibkr.ts';
import { overviewRoutes } from './overview.ts';
import { tradingEconomicsRoutes } from './trading-economics.ts';
import { yahooRoutes } from './yahoo.ts';

/** The outside sources, each under its own path: the gateway passes these on as they are. */
export const sourceRoutes: readonly AnyRoute<Context>[] = [
  ...overviewRoutes, ...ibkrRoutes, ...alphaVantageRoutes, ...fredRoutes, ...edgarRoutes, ...dataGovRoutes, ...dbnomicsRoutes, ...tradingEconomicsRoutes,
  ...yahooRoutes,
];
