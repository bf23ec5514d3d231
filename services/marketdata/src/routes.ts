import type { AnyRoute } from '@nautilus/engine';
import type { Context } from './context.ts';
import { backfillRoutes } from './routes/backfill.ts';
import { bookRoutes } from './routes/books.ts';
import { calendarRoutes } from './routes/calendars.ts';
import { dataRoutes } from './routes/data.ts';
import { derivativesRoutes } from './routes/derivatives.ts';
import { feedRoutes } from './routes/feeds.ts';
import { replayRoutes } from './routes/replay.ts';
import { simulationRoutes } from './routes/simulation.ts';
import { sourceRoutes } from './routes/sources/index.ts';
import { symbolRoutes } from './routes/symbols.ts';

export const routes: readonly AnyRoute<Context>[] = [...dataRoutes, ...bookRoutes, ...feedRoutes, ...symbolRoutes, ...replayRoutes, ...calendarRoutes, ...derivativesRoutes, ...backfillRoutes, ...simulationRoutes, ...sourceRoutes];
