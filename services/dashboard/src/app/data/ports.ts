/** What the client logic needs from its surroundings; `main.tsx` supplies the browser's, tests supply their own. */

export type Cancel = () => void;

export interface SocketHandlers {
  readonly open: () => void;
  readonly message: (text: string) => void;
  /** Called once, also when the connection never opened. */
  readonly close: (code: number, reason: string) => void;
}

export interface OpenSocket {
  readonly send: (text: string) => void;
  readonly close: () => void;
}

export interface Ports {
  /** Wall clock, milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly after: (ms: number, run: () => void) => Cancel;
  /** Runs before the next paint, or later when the page is hidden. */
  readonly frame: (run: () => void) => void;
  /** False while the page is hidden: polling may pause. */
  readonly visible: () => boolean;
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  readonly connect: (path: string, handlers: SocketHandlers) => OpenSocket;
}
