import { defineEngine } from '@nautilus/engine';
import { MIRRORED_PATTERNS, topics } from '@nautilus/model';
import { createState, metrics, settings, type Context } from './context.ts';
import { mirror } from './handlers/mirror.ts';
import { onRequest } from './handlers/on-request.ts';
import { routes } from './routes.ts';

const GAUGES_MS = 1_000;

/**
 * Computes for the triple twins. Tasks come over the Neural-GPU bus, or by HTTP; worker threads of this process run them
 * on the best device that was really opened, which is the processor; every answer says so. The kernels are those of
 * libs/compute, which the twins fall back to. It also copies the results of triple engines to Engine Logic.
 */
export const neuralGpu = defineEngine({
  name: 'neural-gpu',
  kind: 'platform',
  summary: 'Compute tasks of the third bus: admission, deadlines, worker threads, measured hand-off; the mirror of its results.',
  ports: { dual: 8050 },
  settings,
  metrics,
  needs: ['bus:logic', 'bus:neural'],
  start: createState,
  consumes: [
    { topic: topics.compute.request.all, handler: onRequest },
    ...MIRRORED_PATTERNS.map((topic) => ({ topic, handler: mirror, groupSuffix: 'mirror', bus: 'neural_gpu' as const, concurrency: 8, anyTarget: true })),
  ],
  publishes: [topics.compute.result.all],
  ready: (context: Context) =>
    void context.timers.every(GAUGES_MS, () => {
      const { tasks, bytes } = context.state.coordinator.waiting;
      context.metrics.depth.set(tasks);
      context.metrics.bytes.set(bytes);
    }),
  stop: (context: Context) => context.state.coordinator.close(),
  routes,
  health: ({ state }: Context) => ({ workers: state.pool.size, tasks_waiting: state.coordinator.waiting.tasks, messages_mirrored: state.mirrored }),
});
