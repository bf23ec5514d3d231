import { routesOf } from '../../route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { HealthReport } from './health-report.ts';

/** What the routes of every engine get. */
export interface CommonContext {
  readonly deps: HttpDependencies;
  readonly health: HealthReport;
  /** The port listened on; the identity's before. */
  port(): number;
  /** Text of the OpenAPI document; `servers` names the root relative to where the text is served. */
  document(servers: string): string;
}

export const common = routesOf<CommonContext>();
