import { MSGPACK_PROTOCOL, type SocketDeclaration } from '@nautilus/engine';
import { parseSymbol, topics } from '@nautilus/model';
import type { VpinContext } from './host.ts';
import { depthOf } from './depth.ts';

const socket = (path: string, summary: string, topicsOf: (symbol: string) => readonly string[]): SocketDeclaration<VpinContext> => ({
  path,
  summary,
  protocols: [MSGPACK_PROTOCOL],
  connect: (accepted, { params, clientIp, raw }, context) => {
    const symbol = parseSymbol(params['symbol'] ?? '');
    context.state.vpin.hub.attach(accepted, raw, clientIp, symbol === undefined ? [] : topicsOf(symbol));
  },
});

export const vpinSockets: readonly SocketDeclaration<VpinContext>[] = [
  socket('/ws/vpin/{symbol}', 'Closed buckets and toxicity alerts of one symbol.', (symbol) => [topics.vpin.calculation.of(symbol), topics.toxicityAlert.of(symbol)]),
  socket('/ws/orderbook/{symbol}', 'Displayed depth of one symbol whenever its book or quotes changed, at most ten times a second.', (symbol) => [topics.marketData.level2.of(symbol)]),
];

const PUSHED_LEVELS = 10;

/** Sends the depth of changed symbols to the clients of `/ws/orderbook`; costs nothing for a symbol that nobody watches. */
export function pushDepth(changed: Set<string>, context: VpinContext): void {
  const { hub } = context.state.vpin;
  for (const symbol of changed) {
    const topic = topics.marketData.level2.of(symbol);
    const data = hub.recipients(topic) === 0 ? undefined : depthOf(symbol, PUSHED_LEVELS, context.state.vpin);
    if (data !== undefined) hub.publish({ topic, data, messageId: context.newId(), timestamp: context.clock.now(), priority: 'NORMAL' });
  }
  changed.clear();
}
