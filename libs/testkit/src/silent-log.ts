import type { Logger } from '@nautilus/engine';

const nothing = (): void => undefined;

/** A log that nobody reads. */
export const silentLog: Logger = { info: nothing, warn: nothing, error: nothing, debug: nothing, child: () => silentLog };
