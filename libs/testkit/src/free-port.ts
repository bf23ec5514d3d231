import { createServer } from 'node:net';

/**
 * A port that was free on 127.0.0.1 a moment ago. Nothing holds it, so whoever binds it must expect to lose
 * a rare race and ask again.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('A TCP listener has no port.'));
        else resolve(address.port);
      });
    });
  });
}
