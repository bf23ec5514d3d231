import type { Api } from './api.ts';
import { failed, Poller, type Resource } from './poller.ts';
import type { Ports } from './ports.ts';
import { ProblemError } from './problem.ts';
import { readSources, type SourceRow } from './source-list.ts';
import { Store, type Schedule } from './store.ts';

const everyMs = 5_000;

/** The outside sources, asked for while somebody looks at them. */
export class SourcesView {
  readonly sources: Store<Resource<readonly SourceRow[]>>;
  readonly #poller: Poller;

  constructor(ports: Ports, api: Api, schedule: Schedule) {
    this.sources = new Store<Resource<readonly SourceRow[]>>({ state: 'loading' }, schedule);
    this.#poller = new Poller(ports, everyMs, async () => {
      const rows = readSources(await api.get('/api/v1/sources'));
      if (rows === undefined) throw new ProblemError({ title: 'Unreadable answer', detail: 'the answer has no "sources"', status: 0, requestId: null, retryAfterMs: null });
      this.sources.set({ state: 'ready', value: rows, atMs: ports.now() });
    }, (problem) => this.sources.update((before) => failed(before, problem)));
  }

  start(): void {
    this.#poller.start();
  }

  stop(): void {
    this.#poller.stop();
  }
}
