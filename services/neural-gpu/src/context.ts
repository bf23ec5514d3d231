import { setting, sharedSettings, type EngineContext } from '@nautilus/engine';
import type { Lane } from '@nautilus/compute';
import { Coordinator } from './coordinator.ts';
import { Handoffs } from './handoffs.ts';
import { probeMachine, type Machine } from './machine.ts';
import { WorkerPool } from './worker-pool.ts';

export const settings = {
  workers: setting.integer('NEURAL_GPU_WORKERS', 0, { min: 0, max: 256, help: 'Worker threads; 0 for one less than the processors, at least one.' }),
  laneTasks: setting.integer('NEURAL_GPU_LANE_TASKS', 1_024, { min: 2, max: 1_000_000, help: 'Tasks that may wait in a lane.' }),
  laneBytes: setting.integer('NEURAL_GPU_LANE_BYTES', 256 * 1024 * 1024, { min: 1_024, help: 'Bytes of input that may wait in a lane.' }),
  neuralEngineEnabled: sharedSettings.neuralEngineEnabled,
  metalAcceleration: sharedSettings.metalAcceleration,
};

/** Wait before a thread is made again that could not start. */
const RESTART_MS = 1_000;
const SECONDS = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 5];

export const metrics = {
  tasks: { kind: 'counter', name: 'nautilus_compute_tasks_total', help: 'Tasks by what became of them.', labels: ['kind', 'lane', 'backend', 'status'] },
  queued: { kind: 'histogram', name: 'nautilus_compute_queue_seconds', help: 'From the reading of a task to the start of its kernel.', buckets: SECONDS },
  run: { kind: 'histogram', name: 'nautilus_compute_run_seconds', help: 'Run time of kernels.', buckets: SECONDS },
  depth: { kind: 'gauge', name: 'nautilus_compute_queue_depth', help: 'Tasks that wait for a worker.' },
  bytes: { kind: 'gauge', name: 'nautilus_compute_queue_bytes', help: 'Bytes of input that wait for a worker.' },
  mirrored: { kind: 'counter', name: 'nautilus_mirror_messages_total', help: 'Results copied from the Neural-GPU bus to Engine Logic.' },
} as const;

export interface State {
  readonly coordinator: Coordinator;
  readonly pool: WorkerPool;
  readonly machine: Machine;
  readonly handoffs: Handoffs;
  mirrored: number;
}

type Starting = EngineContext<typeof settings, undefined, typeof metrics>;
export type Context = EngineContext<typeof settings, State, typeof metrics>;

/** Resolves when the threads have loaded their kernels: the first task is not to wait for that. */
export async function createState({ settings: s, clock, timers, metrics: m }: Starting): Promise<State> {
  const machine = probeMachine(clock);
  const pool = new WorkerPool({
    size: s.workers === 0 ? Math.max(1, machine.threads - 1) : s.workers,
    later: (run) => void timers.after(RESTART_MS, run),
    onIdle: () => coordinator.dispatch(),
  });
  const coordinator: Coordinator = new Coordinator({
    clock, timers, pool,
    clockName: machine.clockName,
    device: machine.device,
    laneOf: (asked) => (isOpen(asked, s) ? asked : 'cpu'),
    limits: { tasks: s.laneTasks, bytes: s.laneBytes },
    onReport({ kind, lane, status, queueMs, runMs }) {
      m.tasks.inc({ kind, lane, backend: 'cpu', status });
      if (queueMs !== null) m.queued.observe(queueMs / 1_000);
      if (runMs !== null) m.run.observe(runMs / 1_000);
    },
  });
  await pool.ready();
  return { coordinator, pool, machine, handoffs: new Handoffs(), mirrored: 0 };
}

/** A lane that settings switch off has its tasks done as `cpu`, and the answer says so. */
function isOpen(lane: Lane, s: { readonly neuralEngineEnabled: boolean; readonly metalAcceleration: boolean }): boolean {
  if (lane === 'neural_engine') return s.neuralEngineEnabled;
  if (lane === 'metal_gpu') return s.metalAcceleration;
  return lane === 'cpu' || (s.neuralEngineEnabled && s.metalAcceleration);
}
