import type { LinkPorts } from './ports.ts';

/** Agreed on when a key is sent: a subprotocol alone would carry the key back. */
const JSON_PROTOCOL = 'nautilus.v1.json';

/** The clock, chance, timers and WebSocket of a browser or of Node. `key` travels as a subprotocol, since browsers cannot set headers. */
export function platformPorts(key?: string): LinkPorts {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    after: (ms, run) => {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    connect: (address, handlers) => {
      const socket = new WebSocket(address, key === undefined ? [] : [JSON_PROTOCOL, `bearer.${key}`]);
      socket.addEventListener('open', () => handlers.open());
      socket.addEventListener('message', (event) => {
        if (typeof event.data === 'string') handlers.message(event.data);
      });
      socket.addEventListener('close', (event) => handlers.close(event.code, event.reason));
      return { send: (text) => socket.send(text), close: () => socket.close() };
    },
  };
}
