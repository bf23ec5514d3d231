import type { Problem } from '@nautilus/model';
import type { Layout } from '@nautilus/compute';

/** To a worker thread. */
export interface WorkerTask {
  readonly id: number;
  readonly kind: string;
  readonly parameters: unknown;
  readonly layout: Layout;
  /** In shared memory: nothing is copied on the way. */
  readonly bytes: Uint8Array;
  /** One word of shared memory; not 0 when the worker shall stop at the next step. */
  readonly stop: Int32Array;
}

/** Times in milliseconds of the machine's clock. */
interface Times {
  readonly id: number;
  readonly held: number;
  readonly started: number;
  readonly ended: number;
}

/** From a worker thread that has loaded its kernels. */
export interface WorkerReady {
  readonly kind: 'ready';
}

/** From a worker thread, to a task. */
export type WorkerAnswer =
  | (Times & { readonly kind: 'done'; readonly value: unknown; readonly layout: Layout; readonly bytes: Uint8Array })
  | (Times & { readonly kind: 'refused'; readonly message: string; readonly problems: readonly Problem[] })
  | (Times & { readonly kind: 'broken'; readonly message: string })
  | (Times & { readonly kind: 'stopped' });
