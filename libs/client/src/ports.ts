/** What the client needs from its surroundings: `platformPorts` in browsers and Node, a test's own in tests. */

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

export interface LinkPorts {
  /** Wall clock, milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly after: (ms: number, run: () => void) => Cancel;
  readonly connect: (address: string, handlers: SocketHandlers) => OpenSocket;
}
