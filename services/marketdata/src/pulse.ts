import type { EpochMs } from '@nautilus/model';

/** Gaps that tell what is usual. */
const WINDOW = 51;
/** With fewer nobody can say what is usual. */
const LEAST = 10;
const TIMES_USUAL = 5;

export interface Quiet {
  readonly key: string;
  /** Of the last event. */
  readonly since: EpochMs;
  readonly usualMs: number;
}

interface Stream {
  last: EpochMs;
  readonly gapsMs: number[];
  /** Told already: a stream is told of once until its next event. */
  isQuiet: boolean;
}

/** Notices streams from which nothing comes for five times their usual (median) gap between events. */
export class Pulse {
  readonly #streams = new Map<string, Stream>();

  seen(key: string, now: EpochMs): void {
    const stream = this.#streams.get(key);
    if (stream === undefined) {
      this.#streams.set(key, { last: now, gapsMs: [], isQuiet: false });
      return;
    }
    // A stream that was quiet, or a night between, says nothing about what is usual.
    if (!stream.isQuiet) stream.gapsMs.push(now - stream.last);
    if (stream.gapsMs.length > WINDOW) stream.gapsMs.shift();
    Object.assign(stream, { last: now, isQuiet: false });
  }

  /** Forgets when events came last, not what is usual: between sessions nothing is expected. */
  pause(now: EpochMs): void {
    for (const stream of this.#streams.values()) Object.assign(stream, { last: now, isQuiet: true });
  }

  /** Streams that have become quiet since the last look. */
  quiet(now: EpochMs): readonly Quiet[] {
    const found: Quiet[] = [];
    for (const [key, stream] of this.#streams) {
      if (stream.isQuiet || stream.gapsMs.length < LEAST) continue;
      const usualMs = stream.gapsMs.toSorted((a, b) => a - b)[Math.floor(stream.gapsMs.length / 2)] ?? 0;
      if (now - stream.last <= TIMES_USUAL * usualMs) continue;
      stream.isQuiet = true;
      found.push({ key, since: stream.last, usualMs });
    }
    return found;
  }
}
