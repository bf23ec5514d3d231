import { calculateRoutes } from './routes/calculate.ts';
import { driftRoutes } from './routes/drift.ts';
import { historyRoutes } from './routes/history.ts';
import { modelRoutes } from './routes/models.ts';
import { registryRoutes } from './routes/registry.ts';
import { seriesRoutes } from './routes/series.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';

export const routes = [...registryRoutes, ...calculateRoutes, ...seriesRoutes, ...modelRoutes, ...driftRoutes, ...historyRoutes, ...subscriptionRoutes];
