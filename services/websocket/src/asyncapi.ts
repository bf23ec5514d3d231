import { commandJsonSchema } from '@nautilus/engine';
import { FAMILIES } from '@nautilus/model';

export interface SocketPath {
  readonly path: string;
  readonly summary: string;
}

const FRAME_TYPES: Readonly<Record<string, string>> = {
  welcome: 'First frame of a connection: its id, the epoch and what its path subscribes to.',
  subscribed: 'Answers subscribe, resume and list: the patterns and the current seq of each topic.',
  unsubscribed: 'Answers unsubscribe.',
  heartbeat: 'Every 30 s.',
  pong: 'Answers ping, with its t and the time here.',
  snapshot: 'The whole state of a topic as of seq.',
  data: 'A message as it was published. Of a book: the levels that change, with absolute sizes.',
  gap: 'Messages are missing: what was asked for is no longer kept, or the feed of a book lost updates. A snapshot follows.',
  error: 'A frame or a part of it was refused; code says why.',
  system: 'going_away before this replica stops; bus_degraded and bus_restored.',
};

const CLOSE_CODES: Readonly<Record<string, string>> = {
  1003: 'ten malformed frames in a minute, or binary on a text protocol', 1008: 'closed by an operator', 1009: 'a frame above 64 KiB', 1012: 'this replica goes away',
  4003: 'origin not allowed', 4009: 'more than 100 frames a minute, or too many connections', 4408: 'silent for 90 s', 4413: 'too slow',
};

const level = { type: 'array', prefixItems: [{ type: 'number', description: 'price' }, { type: 'number', description: 'size; 0 takes the level away' }] };
const bookSchema = {
  type: 'object', required: ['type', 'symbol', 'bids', 'asks', 'last_update_id', 'previous_update_id'],
  properties: {
    type: { enum: ['snapshot', 'delta', 'stale'] }, symbol: { type: 'string' }, bids: { type: 'array', items: level }, asks: { type: 'array', items: level },
    last_update_id: { type: 'integer' }, previous_update_id: { type: ['integer', 'null'], description: 'of a delta: the last_update_id that it follows' }, reason: { type: ['string', 'null'] },
  },
};
const frameSchema = {
  type: 'object', required: ['message_id', 'message_type', 'topic', 'data', 'timestamp', 'seq', 'epoch'],
  properties: {
    message_id: { type: 'string' },
    message_type: { enum: Object.keys(FRAME_TYPES), description: Object.entries(FRAME_TYPES).map(([name, text]) => `${name}: ${text}`).join('\n') },
    topic: { type: ['string', 'null'], description: 'Null for frames about the connection.' },
    data: { description: 'The payload of the topic; its shape is that of the family.' },
    timestamp: { type: 'string', format: 'date-time', description: 'When it was published.' },
    ts_event: { type: 'string', format: 'date-time', description: 'When it happened at its source.' },
    ts_socket: { type: 'string', format: 'date-time', description: 'When it was first given to sockets; less timestamp it is the way through the bus and this engine.' },
    provenance: { enum: ['live', 'replay', 'simulated'] },
    seq: { type: 'integer', description: 'Rises by one per topic and epoch; 0 for frames about the connection.' },
    epoch: { type: 'string', description: 'Changes when the replica restarts.' },
    skipped: { type: 'integer', description: 'Superseded messages left out just before this one.' },
    id: { type: ['string', 'number'], description: 'Of the command that this answers.' },
  },
};

/** AsyncAPI 3.0 description of what travels on the sockets. */
export function asyncApi(version: string, sockets: readonly SocketPath[]): Record<string, unknown> {
  const nameOf = (path: string): string => path.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_|_$/g, '');
  const channels = Object.fromEntries(sockets.map(({ path, summary }) => [nameOf(path), {
    address: path, summary,
    messages: { frame: { $ref: '#/components/messages/frame' }, command: { $ref: '#/components/messages/command' } },
    ...(path.includes('{symbol}') ? { parameters: { symbol: { description: 'A symbol' } } } : {}),
  }]));
  const operation = (action: string, message: string) => Object.keys(channels).map((name) => [`${action}_${name}`, {
    action, channel: { $ref: `#/channels/${name}` }, messages: [{ $ref: `#/channels/${name}/messages/${message}` }],
  }]);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Nautilus websocket engine', version, description: 'JSON text frames; binary msgpack with the subprotocol nautilus.msgpack.' },
    channels,
    operations: Object.fromEntries([...operation('send', 'frame'), ...operation('receive', 'command')]),
    components: {
      messages: { frame: { title: 'What a client gets', payload: frameSchema }, command: { title: 'What a client may say', payload: commandJsonSchema() } },
      schemas: { book: { ...bookSchema, description: 'data of market_data.level2.{symbol}' } },
    },
    'x-topics': FAMILIES.map(({ prefix, messageType, priority }) => ({ pattern: `${prefix}.*`, message_type: messageType, priority })),
    'x-close-codes': CLOSE_CODES,
  };
}
