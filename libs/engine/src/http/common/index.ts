import type { AnyRoute } from '../../route.ts';
import type { CommonContext } from './common-context.ts';
import { hardwareRoutes } from './hardware-routes.ts';
import { healthRoutes } from './health-routes.ts';
import { infoRoutes } from './info-routes.ts';
import { jobsRoutes } from './jobs-routes.ts';
import { messagebusRoutes } from './messagebus-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';

/** Routes of every engine (contract.md, section 2). */
export const commonRoutes: readonly AnyRoute<CommonContext>[] = [
  ...healthRoutes, ...metricsRoutes, ...hardwareRoutes, ...messagebusRoutes, ...infoRoutes, ...jobsRoutes,
];
