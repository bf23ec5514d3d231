import { symbolChoice } from '../data/symbol-list.ts';
import { useSession, useStore } from './use-store.ts';

export function SymbolSelect({ replayed }: { readonly replayed: readonly string[] }) {
  const session = useSession();
  const symbol = useStore(session.market.symbol);
  const all = useStore(session.symbols);
  const choice = symbolChoice(replayed, symbol === null ? all : [...all, symbol]);
  const empty = choice.replayed.length === 0 && choice.others.length === 0;
  return (
    <label className="field">
      Symbol
      <select data-testid="symbol" value={symbol ?? ''} disabled={empty} onChange={(event) => session.select(event.target.value)}>
        {symbol === null ? <option value="">{empty ? 'none yet' : 'choose'}</option> : null}
        <Options label="In this replay" symbols={choice.replayed} />
        <Options label="Other symbols" symbols={choice.others} />
      </select>
    </label>
  );
}

function Options({ label, symbols }: { readonly label: string; readonly symbols: readonly string[] }) {
  if (symbols.length === 0) return null;
  return (
    <optgroup label={label}>
      {symbols.map((symbol) => <option key={symbol} value={symbol}>{symbol}</option>)}
    </optgroup>
  );
}
