import { lstatSync, readdirSync, rmSync, watch } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ConflictError } from '@nautilus/model';
import { KUBELET_SOCKET } from './api.ts';
import { resourceName, type Resource } from './resources.ts';

/** The folder that kubelet and plugins share: the kubelet's socket and one socket per plugin. */
export class SocketFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get kubeletSocket(): string {
    return join(this.path, KUBELET_SOCKET);
  }

  /** `unique` (e.g. a UUID without dashes) makes the name new: the kubelet must not mix up two starts. */
  newSocketName(resource: Resource, unique: string): string {
    return `${prefixOf(resource)}${unique.slice(-12)}.sock`;
  }

  exists(name: string): boolean {
    return lstatSync(join(this.path, name), { throwIfNoEntry: false }) !== undefined;
  }

  /**
   * Tells one kubelet socket from its successor; undefined without one. A file system may give a new file the inode
   * that the old one just left, therefore its time counts too; a socket's is that of its making.
   */
  kubeletIdentity(): string | undefined {
    const found = lstatSync(this.kubeletSocket, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? undefined : `${found.dev}:${found.ino}:${found.mtimeNs}`;
  }

  /**
   * Removes the sockets that earlier starts of this resource's plugin left behind.
   * @throws ConflictError when one of them answers: another instance runs.
   */
  async removeStale(resource: Resource): Promise<readonly string[]> {
    const own = readdirSync(this.path).filter((name) => name.startsWith(prefixOf(resource)) && name.endsWith('.sock'));
    for (const name of own) {
      if (await answers(join(this.path, name))) {
        throw new ConflictError(`another instance offers ${resourceName(resource)} at ${name}`);
      }
    }
    for (const name of own) rmSync(join(this.path, name), { force: true });
    return own;
  }

  /** Calls back when something in the folder changes, as far as the system tells. Returns what ends it. */
  onChange(listener: () => void): () => void {
    try {
      const watcher = watch(this.path, { persistent: false }, listener);
      watcher.on('error', () => watcher.close());
      return () => watcher.close();
    } catch {
      // No watch is to be had (e.g. the system's limit is reached): the check once a second finds changes as well.
      return () => undefined;
    }
  }
}

const prefixOf = (resource: Resource): string => `nautilus-${resource}-`;

/** Whether something accepts connections there. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const end = (accepted: boolean): void => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => end(true));
    // Anything else, such as a full queue, is no proof that nobody is there.
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}
