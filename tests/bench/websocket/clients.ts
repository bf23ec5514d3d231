/**
 * Opens as many sockets as asked for, subscribes each to all prices, and tells the parent what came. With a third
 * argument n every n-th client also takes volumes, and stops reading once it is subscribed, until it is told to go on. The
 * fourth is the number of messages that a client is to get in all.
 */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

const [url = '', count = '0', slowEvery = '0', expected = '0'] = process.argv.slice(2);
/** Handshakes under way at once; the server's queue of new connections is finite. */
const OPENING = 200;

interface Client {
  readonly isSlow: boolean;
  readonly socket: WebSocket;
  frames: number;
  lastSeq: number;
  /** Each frame followed the one before. */
  isWhole: boolean;
  closeCode: number | undefined;
}

/** Otherwise a sender is measured, and whoever reads less for each frame disturbs it less. */
const isCrowd = Number(slowEvery) > 0;
const clients: Client[] = [];
let subscribed = 0;

function open(): void {
  const index = clients.length;
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const client: Client = { isSlow: isCrowd && index % Number(slowEvery) === 0, socket, frames: 0, lastSeq: 0, isWhole: true, closeCode: undefined };
  clients.push(client);
  socket.on('message', (data: Buffer) => {
    // Only frames of data are counted; parsing each would measure the clients.
    if (data.includes('"topic":"volume.update')) return;
    if (data.includes('"message_type":"data"')) {
      client.frames += 1;
      if (isCrowd) follow(client, data);
    } else if (data.includes('"message_type":"welcome"')) socket.send(JSON.stringify({ action: 'subscribe', topics: client.isSlow ? ['price.update.*', 'volume.update.*'] : ['price.update.*'] }));
    else if (data.includes('"message_type":"subscribed"')) {
      if (client.isSlow) raw(client).pause();
      subscribed += 1;
      if (clients.length < Number(count)) open();
      else if (subscribed === Number(count)) process.send?.({ subscribed });
    }
  });
  socket.on('close', (code) => (client.closeCode = code));
  socket.on('error', (error) => process.send?.({ error: String(error) }));
}

function follow(client: Client, data: Buffer): void {
  const seq = Number(/"seq":(\d+)/.exec(data.toString('latin1'))?.[1]);
  if (seq !== client.lastSeq + 1) client.isWhole = false;
  client.lastSeq = seq;
}

/** The TCP socket under a WebSocket; pausing it fills the buffers between the two ends, as a slow line does. */
const raw = ({ socket }: Client): Socket => (socket as unknown as { readonly _socket: Socket })._socket;

process.on('message', (command) => {
  if (command === 'go on') {
    for (const client of clients) if (client.isSlow && client.closeCode === undefined) raw(client).resume();
    return;
  }
  const fast = clients.filter(({ isSlow }) => !isSlow);
  process.send?.({
    frames: fast.reduce((sum, { frames }) => sum + frames, 0),
    complete: fast.filter(({ frames, isWhole }) => isWhole && frames === Number(expected)).length,
    slow: clients.filter(({ isSlow }) => isSlow).map(({ lastSeq, closeCode }) => ({ lastSeq, closeCode })),
  });
});
for (let i = 0; i < Math.min(OPENING, Number(count)); i += 1) open();
