import { calculateRoutes } from './routes/calculate.ts';
import { registryRoutes } from './routes/registry.ts';
import { subscriptionRoutes } from './routes/subscriptions.ts';

export const routes = [...registryRoutes, ...calculateRoutes, ...subscriptionRoutes];
