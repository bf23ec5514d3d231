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

/**
 * Runs `start` on the wanted port, or, when none is wanted, on a free one; again on another when somebody else
 * took that one in between, which servers report as "address already in use".
 */
export async function onFreePort<T>(wanted: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (wanted !== undefined) return start(wanted);
  for (let triesLeft = 3; ; triesLeft -= 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const isRaceLost = error instanceof Error && /address already in use/i.test(error.message);
      if (!isRaceLost || triesLeft === 0) throw error;
    }
  }
}
