import type { SocketHandlers } from '@nautilus/client';
import type { Ports } from './ports.ts';

export interface FakeSocket {
  readonly path: string;
  readonly handlers: SocketHandlers;
  readonly sent: { action: string; topics?: string[] }[];
  closed: boolean;
}

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

export type FakeAnswer = { readonly status: number; readonly body: unknown; readonly headers?: Record<string, string> };

/** Ports under a test's control: time moves only by `advance`, answers come from `answer`. */
export class FakePorts implements Ports {
  nowMs = 1_000_000;
  chance = 0.5;
  shown = true;
  readonly sockets: FakeSocket[] = [];
  readonly requests: { readonly path: string; readonly method: string; readonly body: unknown }[] = [];
  answer: (path: string, method: string) => FakeAnswer | Error = () => ({ status: 404, body: { title: 'Not found', detail: 'no such route' } });
  #timers: Timer[] = [];

  readonly now = (): number => this.nowMs;
  readonly random = (): number => this.chance;
  readonly visible = (): boolean => this.shown;
  readonly frame = (run: () => void): void => run();

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  readonly request = (path: string, init: RequestInit = {}): Promise<Response> => {
    const method = init.method ?? 'GET';
    this.requests.push({ path, method, body: typeof init.body === 'string' ? JSON.parse(init.body) : null });
    const answer = this.answer(path, method);
    if (answer instanceof Error) return Promise.reject(answer);
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status, headers: answer.headers ?? {} }));
  };

  readonly connect = (path: string, handlers: SocketHandlers) => {
    const socket: FakeSocket = { path, handlers, sent: [], closed: false };
    this.sockets.push(socket);
    return {
      send: (text: string) => void socket.sent.push(JSON.parse(text)),
      close: () => {
        socket.closed = true;
      },
    };
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('nothing connected');
    return socket;
  }

  /** Runs the timers that fall due within `ms`, in order. */
  advance(ms: number): void {
    const end = this.nowMs + ms;
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.run();
    }
    this.nowMs = end;
  }
}

/** Lets answered promises run their course. */
export async function settled(): Promise<void> {
  // Reading a Response's body takes some turns of the microtask queue; none of it needs time.
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
}

export function frameText(topic: string, data: unknown, messageType = 'data', seq = 1): string {
  return JSON.stringify({ message_id: 'm', message_type: messageType, topic, data, timestamp: '2013-10-07T14:00:00.000Z', seq });
}
