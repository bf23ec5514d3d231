import { decimals, figure, percent } from '../data/format.ts';
import type { Estimate } from '../data/microstructure.ts';
import { useSession, useStore } from './use-store.ts';

const shown: readonly { readonly name: string; readonly title: string; readonly help: string; readonly words: (value: number) => string }[] = [
  { name: 'quoted_spread_bps', title: 'quoted', help: 'Time-weighted quoted spread, basis points', words: (value) => `${decimals(value, 2)} bp` },
  { name: 'effective_spread_bps', title: 'effective', help: 'Value-weighted effective spread, basis points', words: (value) => `${decimals(value, 2)} bp` },
  { name: 'spread_toxicity', title: 'impact share', help: '5-minute impact over effective spread', words: percent },
  { name: 'kyle_lambda', title: 'λ', help: 'Price change per unit of signed volume and minute (Kyle 1985)', words: figure },
  { name: 'trade_imbalance_lee_ready', title: 'imbalance', help: '(Bought − sold) / signed volume', words: (value) => percent(value) },
  { name: 'ivpin', title: 'IVPIN', help: 'Informed trading in volume buckets (Ke & Lin 2017)', words: (value) => decimals(value, 3) },
];

/** Newest liquidity measures of the symbol, each with its error and basis on pointing; nothing before the first message. */
export function MicrostructureLine() {
  const microstructure = useStore(useSession().market.microstructure);
  if (microstructure === null) return null;
  const { measures, risk } = microstructure;
  return (
    <span className="figures" data-testid="microstructure">
      {shown.map(({ name, title, help, words }) => {
        const estimate = measures.get(name);
        const value = estimate?.value ?? null;
        return <span key={name} title={basisOf(help, estimate)} data-testid={`measure-${name}`}>{title} <b>{value === null ? '–' : words(value)}</b></span>;
      })}
      <span title={`Flash-crash risk from 0 to 1, ${risk.level}${risk.missing.length === 0 ? '' : `; without ${risk.missing.join(', ')}`}`} data-testid="flash-crash-risk"
        className={risk.level === 'clear' ? undefined : 'tone-warning'}>crash risk <b>{decimals(risk.score, 2)}</b></span>
    </span>
  );
}

function basisOf(help: string, estimate: Estimate | undefined): string {
  if (estimate === undefined) return help;
  const { error, n, window, reason } = estimate;
  const parts = [help, error === null ? null : `standard error ${figure(error)}`, n === null ? null : `n ${n}`, window, reason];
  return parts.filter((part) => part !== null).join(' · ');
}
