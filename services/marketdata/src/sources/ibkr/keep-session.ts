import { SourceError } from '../source.ts';
import type { Portal } from './portal.ts';

export const TICKLE_EVERY_MS = 60_000;

/**
 * One round of keeping the session up: looks for a login until there is one, then tickles. A gateway that does not answer is
 * looked for again at the next round; anything but a SourceError is a defect and thrown.
 */
export async function keepSession(portal: Portal, signal: AbortSignal, onRefused: (error: SourceError) => void): Promise<void> {
  try {
    if (portal.status.session?.authenticated === true) await portal.keepAlive({ signal });
    else await portal.connect(false, { signal });
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof SourceError)) throw error;
    onRefused(error);
  }
}
