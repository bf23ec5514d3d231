import { parentPort } from 'node:worker_threads';
import { columnsOf, packColumns, startKernel } from '@nautilus/compute';
import { asNautilusError } from '@nautilus/model';
import type { WorkerAnswer, WorkerReady, WorkerTask } from './worker-messages.ts';

/** A thread that runs one kernel after the other. It begins the clock of the machine, as the composition root of a process does. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs in a worker thread');
const originMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
const now = (): number => originMs + performance.now();

port.on('message', (task: WorkerTask) => port.postMessage(answerTo(task, now())));
port.postMessage({ kind: 'ready' } satisfies WorkerReady);

function answerTo(task: WorkerTask, held: number): WorkerAnswer {
  const started = now();
  const times = (): { id: number; held: number; started: number; ended: number } => ({ id: task.id, held, started, ended: now() });
  try {
    const steps = startKernel(task.kind, task.parameters, columnsOf(task.layout, task.bytes));
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) {
        const ended = times();
        return { ...ended, kind: 'done', value: step.value.value, ...packColumns(step.value.columns) };
      }
      if (Atomics.load(task.stop, 0) !== 0) return { ...times(), kind: 'stopped' };
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const known = asNautilusError(error);
    if (known?.kind === 'invalid_input') return { ...times(), kind: 'refused', message, problems: known.problems };
    if (known?.kind === 'not_found') return { ...times(), kind: 'refused', message, problems: [{ path: 'kind', message }] };
    return { ...times(), kind: 'broken', message };
  }
}
