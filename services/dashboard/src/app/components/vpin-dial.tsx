import { decimals } from '../data/format.ts';
import { toxicityLevels, toxicityThresholds, type ToxicityLevel } from '../data/vpin.ts';
import { levelColours } from './palette.ts';

const width = 220;
const radius = 88;
const centre = { x: width / 2, y: 98 };

/** Half a dial from 0 to 1 with the levels as bands; without a value the hand is missing. */
export function VpinDial({ value, level }: { readonly value: number | null; readonly level: ToxicityLevel | null }) {
  const name = level ?? 'WARMING UP';
  const hand = value === null ? null : at(value, radius - 14);
  return (
    <div className="dial">
      <svg viewBox={`0 0 ${width} 112`} role="img" aria-label={value === null ? 'VPIN: no value yet' : `VPIN ${decimals(value, 3)} of 1, ${name}`}>
        {toxicityLevels.map((band, index) => (
          <path key={band} d={arc(toxicityThresholds[index - 1] ?? 0, toxicityThresholds[index] ?? 1)} stroke={levelColours[band]} strokeWidth="10" fill="none"
            opacity={band === level ? 1 : 0.32} />
        ))}
        {hand === null ? null : <line x1={centre.x} y1={centre.y} x2={hand.x} y2={hand.y} stroke="currentColor" strokeWidth="3" strokeLinecap="round" />}
        <circle cx={centre.x} cy={centre.y} r="5" fill="currentColor" />
        {[0, ...toxicityThresholds, 1].map((mark) => {
          const place = at(mark, radius + 13);
          return <text key={mark} x={place.x} y={place.y + 3} textAnchor="middle" className="dial-mark">{mark}</text>;
        })}
      </svg>
      <div className="dial-words">
        <b data-testid="dial-value">{decimals(value, 3)}</b>
        <span className="level" data-level={name} data-testid="dial-level" aria-live="polite">{name}</span>
      </div>
    </div>
  );
}

function at(value: number, distance: number): { readonly x: number; readonly y: number } {
  const angle = Math.PI * (1 - value);
  return { x: centre.x + distance * Math.cos(angle), y: centre.y - distance * Math.sin(angle) };
}

function arc(from: number, to: number): string {
  const gap = 0.004;
  const [start, end] = [at(from + gap, radius), at(to - gap, radius)];
  return `M${start.x} ${start.y}A${radius} ${radius} 0 0 1 ${end.x} ${end.y}`;
}
