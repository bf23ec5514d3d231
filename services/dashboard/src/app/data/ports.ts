import type { LinkPorts } from '@nautilus/client';

/** What the client logic needs from its surroundings; `main.tsx` supplies the browser's, tests supply their own. */
export interface Ports extends LinkPorts {
  /** Runs before the next paint, or later when the page is hidden. */
  readonly frame: (run: () => void) => void;
  /** False while the page is hidden: polling may pause. */
  readonly visible: () => boolean;
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
}
