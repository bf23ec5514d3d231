import { analysisRoutes } from './routes/analysis.ts';
import { crossSymbolRoutes } from './routes/cross-symbol.ts';
import { estimateRoutes } from './routes/estimate.ts';
import { storedRoutes } from './routes/stored.ts';

export const routes = [...analysisRoutes, ...crossSymbolRoutes, ...estimateRoutes, ...storedRoutes];
