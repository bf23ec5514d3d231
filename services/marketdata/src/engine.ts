import { defineEngine } from '@nautilus/engine';
import { topics } from '@nautilus/model';
import { BACKFILL, runBackfill } from './backfill/run.ts';
import { createState, metrics, settings, type Context } from './context.ts';
import { answerRequest } from './handlers/answer-request.ts';
import { persist } from './handlers/persist.ts';
import { IMPORT_DAILY, importDaily } from './import-daily.ts';
import { runSimulation, SIMULATION } from './simulator/run-simulation.ts';
import { startWork } from './work.ts';
import { routes } from './routes.ts';

export const marketdata = defineEngine({
  name: 'marketdata',
  summary: 'The hub: replays recorded trades, quotes and bars, takes ingested ones, judges each, publishes and stores them.',
  ports: { dual: 8800 },
  singleton: true,
  settings,
  metrics,
  needs: ['bus:marketdata', 'bus:logic', 'store', 'jobs'],
  consumes: [
    { topic: topics.marketData.all, batch: persist, groupSuffix: 'persist', includeOwn: true },
    { topic: topics.dataRequest.all, handler: answerRequest, concurrency: 4 },
  ],
  publishes: [topics.marketData.all, topics.priceUpdate.all, topics.volumeUpdate.all, topics.dataReply.all],
  jobs: {
    [IMPORT_DAILY]: { summary: 'Brings the recorded daily bars into the store, once.', run: (_input, run, context: Context) => importDaily(run, context) },
    [SIMULATION]: { summary: 'Sends a made-up session of a symbol that is not recorded.', run: (input, run, context: Context) => runSimulation(input, run, context) },
    [BACKFILL]: { summary: 'Fetches the bars that are missing in the store from an outside source.', run: (input, run, context: Context) => runBackfill(input, run, context), concurrency: 2 },
  },
  start: createState,
  ready: startWork,
  async stop(context: Context) {
    await context.state.replay.stop();
    await context.state.outbox.close();
    await context.state.spool?.close();
  },
  routes,
});
