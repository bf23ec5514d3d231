import { MSGPACK_PROTOCOL, type SocketDeclaration } from '@nautilus/engine';
import { parseSymbol, topics } from '@nautilus/model';
import type { Context } from './context.ts';

export const sockets: readonly SocketDeclaration<Context>[] = [
  {
    path: '/ws/vpin/{symbol}',
    summary: 'Closed buckets and toxicity alerts of one symbol.',
    protocols: [MSGPACK_PROTOCOL],
    connect: (socket, { params, clientIp, raw }, context) => {
      const symbol = parseSymbol(params['symbol'] ?? '');
      const preset = symbol === undefined ? [] : [topics.vpin.calculation.of(symbol), topics.toxicityAlert.of(symbol)];
      context.state.hub.attach(socket, raw, clientIp, preset);
    },
  },
];
