import { routesOf } from '../../route.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { HealthReport } from './health-report.ts';

/** What the routes of every engine get. */
export interface CommonContext {
  readonly deps: HttpDependencies;
  readonly health: HealthReport;
  /** Text of the OpenAPI document; `servers` names the root relative to where the text is served. */
  document(servers: string): string;
  /** The page for people; `base` leads from its folder to `/docs/`. */
  page(base: string): string;
}

export const common = routesOf<CommonContext>();
