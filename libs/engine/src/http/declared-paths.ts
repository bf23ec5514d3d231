import type { AnyEngine } from '../declaration.ts';
import type { AnyRoute } from '../route.ts';
import { commonRoutes } from './common/index.ts';
import { bySpecificity } from './path-template.ts';

export interface PlacedRoute {
  readonly path: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- common and declared routes have different contexts; `own` tells which
  readonly route: AnyRoute<any>;
  /** Declared by the engine: it gets the engine's context, and state must exist. */
  readonly own: boolean;
}

/**
 * All routes of an engine, each alias by itself, more specific paths first. What the engine declares replaces a common
 * route of the same method and path; a mount of everything replaces the common root page.
 */
export function placedRoutes(declaration: AnyEngine): readonly PlacedRoute[] {
  const place = (route: PlacedRoute['route'], own: boolean): PlacedRoute[] => [route.path, ...(route.aliases ?? [])].map((path) => ({ path, route, own }));
  const declared = (declaration.routes ?? []).flatMap((route) => place(route, true));
  const taken = new Set(declared.map(({ path, route }) => `${route.method} ${path}`));
  if ((declaration.mounts ?? []).some((mount) => mount.prefix === '/')) taken.add('get /');
  const shared = commonRoutes.flatMap((route) => place(route, false)).filter(({ path, route }) => !taken.has(`${route.method} ${path}`));
  return [...shared, ...declared].sort((a, b) => bySpecificity(a.path, b.path));
}
