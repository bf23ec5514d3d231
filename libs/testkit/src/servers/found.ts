import { readFileSync, accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where PostgreSQL comes from; `uid` and `gid` are given when the tests run as root, which it refuses. */
export type FoundPostgres =
  | { readonly kind: 'programs'; readonly bin: string; readonly uid?: number; readonly gid?: number }
  | { readonly kind: 'container'; readonly engine: string; readonly image: string };

/** What tools/setup-test-servers.sh wrote: absolute paths of programs. */
export interface FoundServers {
  readonly redis: string;
  readonly chromium: string;
  readonly nginx: string;
  readonly postgres: FoundPostgres;
}

const file = fileURLToPath(new URL('../../../../.nautilus/test-servers.json', import.meta.url));

/** @throws Error that names the script to run when nothing was set up, or when a program has gone since. */
export function foundServers(): FoundServers {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as FoundServers;
    const programs = [found.redis, found.chromium, found.nginx, ...(found.postgres.kind === 'programs' ? [`${found.postgres.bin}/postgres`] : [])];
    for (const program of programs) accessSync(program, constants.X_OK);
    return found;
  } catch (cause) {
    throw new Error('The test servers are not set up on this machine. Run tools/setup-test-servers.sh, or make test.', { cause });
  }
}
