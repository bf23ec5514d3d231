import { MSGPACK_PROTOCOL, type SocketDeclaration } from '@nautilus/engine';
import { parseSymbol, topics } from '@nautilus/model';
import type { Context } from './context.ts';

/** Subscribed at once on `/ws/alerts`. */
const ALERTS = [topics.riskAlert.all, topics.marginAlert.all, topics.toxicityAlert.all, topics.flashCrashAlert.all, topics.systemAlert.all];

const socket = (path: string, summary: string, preset: (params: Readonly<Record<string, string>>) => readonly string[]): SocketDeclaration<Context> => ({
  path,
  summary,
  protocols: [MSGPACK_PROTOCOL],
  connect: (client, { params, clientIp, raw }, context) => {
    context.state.hub.attach(client, raw, clientIp, preset(params));
    context.metrics.active.set(context.state.hub.size);
  },
});

export const sockets: readonly SocketDeclaration<Context>[] = [
  socket('/ws', 'Nothing but welcome and heartbeat until a subscribe.', () => []),
  socket('/ws/stream', 'The same as /ws.', () => []),
  socket('/ws/market_data', 'All market data.', () => [topics.marketData.all]),
  socket('/ws/market-data/{symbol}', 'Trades, quotes and bars of one symbol.', ({ symbol }) => marketDataOf(symbol)),
  socket('/ws/alerts', 'Alerts of every kind.', () => ALERTS),
];

/** A text that is no symbol subscribes to nothing; the client sees an empty list in `welcome`. */
function marketDataOf(text: string | undefined): readonly string[] {
  const symbol = parseSymbol(text ?? '');
  if (symbol === undefined) return [];
  const { tick, quote, bar } = topics.marketData;
  return [tick.of(symbol), quote.of(symbol), bar.of(symbol)];
}
