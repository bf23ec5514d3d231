import { platformPorts } from '@nautilus/client';
import type { Ports } from './data/ports.ts';

const platform = platformPorts();

/** The browser's clock, chance, timers and network. The only file of the app that touches them. */
export const browserPorts: Ports = {
  ...platform,
  frame: (run) => {
    requestAnimationFrame(run);
  },
  visible: () => document.visibilityState === 'visible',
  request: (path, init) => fetch(path, init),
  connect: (path, handlers) => {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return platform.connect(url.href, handlers);
  },
};
