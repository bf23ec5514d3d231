import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';

const EVERY_MS = 200;
const PAUSE_MS = 300;

/** A client on a slow line: half of its body, and the rest later, so that the answer takes that long. */
function askSlowly(): void {
  const slow = request('http://localhost:8500/features/calculate/IBM', { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } }, (response) => response.resume());
  slow.on('error', () => undefined); // the figures of Prometheus are the judge
  slow.write('{"features":');
  setTimeout(() => slow.end('["sma_20"]}'), PAUSE_MS);
}

/** Jest's global setup of the e2e project: HighLatency fires after five minutes, which the other files need anyway. */
export default function startSlowClients(): void {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: ['pipe', 'ignore', 'inherit'] });
  child.unref();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asking = setInterval(askSlowly, EVERY_MS);
  // Its end of the pipe closes with whoever started this process, which then has nothing more to do.
  process.stdin.on('end', () => clearInterval(asking)).resume();
}
