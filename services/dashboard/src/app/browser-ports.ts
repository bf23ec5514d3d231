import type { Ports } from './data/ports.ts';

/** The browser's clock, chance, timers and network. The only file of the app that touches them. */
export const browserPorts: Ports = {
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  frame: (run) => {
    requestAnimationFrame(run);
  },
  visible: () => document.visibilityState === 'visible',
  request: (path, init) => fetch(path, init),
  connect: (path, handlers) => {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    socket.addEventListener('open', handlers.open);
    socket.addEventListener('message', (event) => {
      if (typeof event.data === 'string') handlers.message(event.data);
    });
    socket.addEventListener('close', (event) => handlers.close(event.code, event.reason));
    return { send: (text) => socket.send(text), close: () => socket.close() };
  },
};
