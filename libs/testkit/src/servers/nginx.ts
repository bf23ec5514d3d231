import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePort } from '../free-port.ts';
import { foundServers } from './found.ts';
import { ServerProcess } from './server-process.ts';

export interface NginxServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** The certificate and key that the site's text names as `tls.crt` and `tls.key` in the given folder. */
function certify(folder: string): void {
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', join(folder, 'tls.key'), '-out', join(folder, 'tls.crt')], { stdio: 'ignore' });
}

/**
 * A real nginx with one site on a free port of 127.0.0.1. `site` gets that port and the folder of a fresh
 * certificate and gives the text of the configuration, which `nginx -t` checks first.
 * @throws Error with what nginx says about the configuration.
 */
export async function startNginx(site: (port: number, certificates: string) => string): Promise<NginxServer> {
  const program = foundServers().nginx;
  return onFreePort(undefined, async (port) => {
    const folder = mkdtempSync(join(tmpdir(), 'nautilus-nginx-'));
    chmodSync(folder, 0o755);
    certify(folder);
    writeFileSync(join(folder, 'site.conf'), site(port, folder));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
    writeFileSync(join(folder, 'nginx.conf'), `daemon off; master_process off; error_log stderr; pid ${folder}/nginx.pid;\nevents {}\nhttp { access_log off; ${temporary} include ${folder}/site.conf; }\n`);
    const args = ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
    execFileSync(program, ['-t', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const server = new ServerProcess({ program, args, folder, endSignal: 'KILL' });
    try {
      await server.start(() => new Promise((resolve, reject) => {
        const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy()));
        socket.on('error', reject);
      }));
    } catch (error) {
      await server.dispose();
      throw error;
    }
    return { port, stop: () => server.dispose() };
  });
}
