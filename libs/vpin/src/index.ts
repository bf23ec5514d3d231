import { vpinCalculateRoutes } from './calculate-routes.ts';
import { vpinConfigurationRoutes } from './configuration-routes.ts';
import { vpinInsightRoutes } from './insight-routes.ts';
import { vpinLiveRoutes } from './live-routes.ts';

export { alertRank, type AlertBasis } from './alert-rank.ts';
export { localCompute, Timing, vpinHost, type VpinContext, type VpinHost, type VpinState } from './host.ts';
export { toxicityAlertSchema, vpinReadingMessage, vpinReadingSchema, type ToxicityAlertMessage, type VpinReadingMessage } from './reading.ts';
export { onVpinFeature } from './on-feature.ts';
export { vpinSettings } from './settings.ts';
export { PublicationQueue, stableId, type Outgoing } from './publication-queue.ts';
export { keepSaving, vpinCheckpoints, type MoreState } from './saved-state.ts';
export { takeQuote } from './depth.ts';
export { pushDepth, vpinSockets } from './sockets.ts';
export { vpinEntryOf } from './live-routes.ts';

/** The routes of contract 3.13 that ports 10000, 10001 and 10002 share. */
export const vpinRoutes = [...vpinCalculateRoutes, ...vpinLiveRoutes, ...vpinConfigurationRoutes, ...vpinInsightRoutes];
