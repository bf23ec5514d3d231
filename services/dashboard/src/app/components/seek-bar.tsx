import { useState, type CSSProperties } from 'react';
import { dateIn, minuteIn, timeIn, type ZoneKey } from '../data/format.ts';
import { fractionAt, type ReplayState } from '../data/replay.ts';
import { useSession, useStore } from './use-store.ts';

export interface SeekBarProps {
  readonly replay: ReplayState | undefined;
  readonly zone: ZoneKey;
}

/** Position in the recording. Dragging only previews a time; letting go, or a key, seeks. */
export function SeekBar({ replay, zone }: SeekBarProps) {
  const { market, replay: control } = useSession();
  const busy = useStore(control.busy);
  const clock = useStore(market.clock);
  const [wanted, setWanted] = useState<number | null>(null);
  const from = replay?.fromMs ?? null;
  const to = replay?.toMs ?? null;
  if (replay === undefined || from === null || to === null || to <= from) {
    return <div className="seek" data-testid="seek-unavailable">No recording to seek in</div>;
  }
  const shown = wanted ?? Math.min(to, Math.max(from, newer(replay.positionMs, clock) ?? from));
  const seek = (): void => {
    if (wanted === null) return;
    void control.send({ position: new Date(wanted).toISOString() }).then(() => setWanted(null));
  };
  const severalDays = dateIn(from, zone) !== dateIn(to, zone);
  const label = (ms: number): string => (severalDays ? `${dateIn(ms, zone).slice(5)} ${minuteIn(ms, zone)}` : minuteIn(ms, zone));
  const filled = { '--filled': `${(fractionAt(replay, shown) ?? 0) * 100}%` } as CSSProperties;
  return (
    <div className="seek">
      <span>{label(from)}</span>
      <input type="range" data-testid="seek" aria-label="Replay position" min={from} max={to} step={1000} value={shown} style={filled}
        aria-valuetext={`${dateIn(shown, zone)} ${timeIn(shown, zone)}`} aria-busy={busy}
        onChange={(event) => setWanted(Number(event.target.value))} onPointerUp={seek} onKeyUp={seek} onBlur={seek} />
      <span>{label(to)}</span>
      <output data-testid="seek-time" className={wanted === null ? 'soft' : 'tone-warning'}>
        {dateIn(shown, zone)} {timeIn(shown, zone)}
      </output>
    </div>
  );
}

/** Ticks move faster than the polled position, but only while both speak of the same stretch of time. */
function newer(positionMs: number | null, clockMs: number | null): number | null {
  return positionMs === null || clockMs === null ? (positionMs ?? clockMs) : Math.max(positionMs, clockMs);
}
