import { isoFromMs, type Provenance } from '@nautilus/model';
import type { Context } from './context.ts';
import { symbolOfPath } from './recordings/catalogue.ts';
import { idOf, offersOf, typeOfPath, type DataType } from './subscriptions.ts';

export interface Feed {
  feed_id: string;
  symbol: string;
  data_source: string;
  data_types: DataType[];
  is_active: boolean;
  state: 'ok' | 'error';
  last_update: string | null;
  message_count: number;
  error_count: number;
  provenance: Provenance;
}

/** Every recorded feed with what it has sent since the start, ascending by id. `last_update` is event time. */
export function feedList({ state }: Context): readonly Feed[] {
  const { library, hub, subscriptions, replay } = state;
  const replayed = new Set(replay.status().symbols);
  return offersOf(library.entries).map(({ source, symbol, dataTypes }): Feed => {
    const figures = hub.figures(source, symbol);
    const damaged = library.damaged.filter(({ file }) => symbolOfPath(file) === symbol && dataTypes.includes(typeOfPath(file))).length;
    return {
      feed_id: idOf(source, symbol), symbol, data_source: source, data_types: [...dataTypes],
      is_active: subscriptions.isWanted(source, symbol) && replayed.has(symbol),
      state: damaged > 0 ? 'error' : 'ok',
      last_update: figures.lastEventMs === null ? null : isoFromMs(figures.lastEventMs),
      message_count: figures.messages, error_count: figures.rejected + damaged, provenance: 'replay',
    };
  });
}
