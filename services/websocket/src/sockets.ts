import { CLOSE, MSGPACK_PROTOCOL, type SocketDeclaration } from '@nautilus/engine';
import { parseSymbol, topics } from '@nautilus/model';
import { ALERTS } from './alerts.ts';
import { countedAs } from './connection-count.ts';
import { recordConnection, type Context } from './context.ts';
import { accessOf } from './topic-access.ts';

/** Chosen by a client that sends its key as `bearer.<key>`: a browser needs a protocol that is agreed on. */
const JSON_PROTOCOL = 'nautilus.v1.json';
const FORBIDDEN = 4003;

const socket = (path: string, summary: string, preset: (params: Readonly<Record<string, string>>) => readonly string[]): SocketDeclaration<Context> => ({
  path,
  summary,
  protocols: [MSGPACK_PROTOCOL, JSON_PROTOCOL],
  connect: (accepted, { params, clientIp, raw, principal }, context) => {
    const { hub, connections, topicRules } = context.state;
    const refusal = refusalOf({ origin: raw.headers.origin, ip: clientIp, user: principal?.name }, context);
    if (refusal !== undefined) return accepted.close(refusal.code, refusal.reason);
    const client = hub.attach(accepted, raw, clientIp, preset(params), { access: accessOf(principal, topicRules), user: principal?.name });
    connections.opened(countedAs(client));
    context.metrics.active.set(hub.size);
    recordConnection(client, undefined, context);
  },
});

interface Arrival {
  readonly origin: string | undefined;
  readonly ip: string;
  readonly user: string | undefined;
}

function refusalOf({ origin, ip, user }: Arrival, { settings, state: { connections } }: Context): { readonly code: number; readonly reason: string } | undefined {
  if (origin !== undefined && settings.origins.length > 0 && !settings.origins.includes(origin)) return { code: FORBIDDEN, reason: 'origin not allowed' };
  const [ofAddress = 0, ofUser = 0] = countedAs({ ip, user }).map((key) => connections.of(key));
  return ofAddress < settings.perAddress && ofUser < settings.perUser ? undefined : { code: CLOSE.rate, reason: 'too many connections' };
}

export const sockets: readonly SocketDeclaration<Context>[] = [
  socket('/ws', 'Nothing but welcome and heartbeat until a subscribe.', () => []),
  socket('/ws/stream', 'The same as /ws.', () => []),
  socket('/ws/market_data', 'All market data.', () => [topics.marketData.all]),
  socket('/ws/market-data/{symbol}', 'Trades, quotes, bars and the order book of one symbol.', ({ symbol }) => marketDataOf(symbol)),
  socket('/ws/alerts', 'Alerts of every kind.', () => ALERTS.patterns),
];

/** A text that is no symbol subscribes to nothing; the client sees an empty list in `welcome`. */
function marketDataOf(text: string | undefined): readonly string[] {
  const symbol = parseSymbol(text ?? '');
  if (symbol === undefined) return [];
  const { tick, quote, bar, level2 } = topics.marketData;
  return [tick.of(symbol), quote.of(symbol), bar.of(symbol), level2.of(symbol)];
}
