import type { EpochMs } from '@nautilus/model';
import type { SourceFault, SourceName, SourceStatus } from './source.ts';

/** The surroundings of the sources, given by the composition root. */
export interface SourcePorts {
  /** Wall-clock milliseconds. */
  readonly now: () => EpochMs;
  readonly monotonic: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Resolves after the delay, or at once when the signal ends. */
  readonly delay: (delayMs: number, signal?: AbortSignal) => Promise<void>;
  /** Gives the cancellation. */
  readonly after: (delayMs: number, run: () => void) => () => void;
  readonly fetch: (url: string, options: RequestInit) => Promise<Response>;
  readonly socket: (url: string) => WebSocket;
  readonly kept: KeptAnswers;
  /** Each request that was sent, with what came of it. `url` is redacted. */
  readonly onRequest: (event: RequestEvent) => void;
  /** An answer that cannot be read, with why. */
  readonly onUnreadable: (answer: UnreadableAnswer) => void;
  /** After every change of `state` or `circuit`. */
  readonly onState: (status: SourceStatus) => void;
}

export interface UnreadableAnswer {
  readonly source: SourceName;
  readonly endpoint: string;
  readonly body: string;
  readonly message: string;
}

export interface RequestEvent {
  readonly source: SourceName;
  readonly endpoint: string;
  readonly url: string;
  readonly status: number | null;
  readonly fault: SourceFault | null;
  readonly attempt: number;
  readonly durationMs: number;
}

/** Settings of one source. */
export interface SourceSettings {
  readonly enabled: boolean;
  readonly key: string | undefined;
  readonly baseUrl: string;
  /** Calls per limit instead of the definition's. */
  readonly calls?: Readonly<Partial<Record<'second' | 'minute' | 'hour' | 'day', number>>>;
  readonly timeoutMs: number;
  /** Attempts of one call, the first included. */
  readonly attempts: number;
}

/** An answer of a source as it is kept: raw, so that a better parser reads it anew. */
export interface KeptAnswer {
  readonly fetchedAt: EpochMs;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where answers outlive the process. Losing one costs a request and nothing else, so it never throws. */
export interface KeptAnswers {
  get(source: SourceName, key: string): Promise<KeptAnswer | undefined>;
  put(source: SourceName, key: string, answer: KeptAnswer): Promise<void>;
}
