import { calculateRoutes } from './routes/calculate.ts';
import { configurationRoutes } from './routes/configuration.ts';
import { liveRoutes } from './routes/live.ts';

export const routes = [...calculateRoutes, ...liveRoutes, ...configurationRoutes];
