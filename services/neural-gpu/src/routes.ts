import { observationRoutes } from './routes/observation.ts';

export const routes = [...observationRoutes];
