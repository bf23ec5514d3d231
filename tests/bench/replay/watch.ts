import { topics } from '@nautilus/model';
import { WebSocket } from 'ws';

/** Trades as a WebSocket client that keeps up sees them. */
export interface Ticks {
  readonly count: number;
  /** Sequence numbers of the trades of one symbol, in order of arrival. */
  seqs(symbol: string): readonly number[];
  close(): void;
}

export async function watchTicks(url: string, symbols: readonly string[]): Promise<Ticks> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  const byTopic = new Map(symbols.map((symbol) => [topics.marketData.tick.of(symbol), [] as number[]]));
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { message_type: string; topic: string | null; data: { seq: number } };
      if (frame.message_type === 'welcome') socket.send(JSON.stringify({ action: 'subscribe', topics: [...byTopic.keys()] }));
      if (frame.message_type === 'subscribed') resolve();
      if (frame.message_type !== 'data') return;
      byTopic.get(frame.topic ?? '')?.push(frame.data.seq);
      count += 1;
    });
  });
  return {
    get count() {
      return count;
    },
    seqs: (symbol) => byTopic.get(topics.marketData.tick.of(symbol)) ?? [],
    close: () => socket.terminate(),
  };
}
