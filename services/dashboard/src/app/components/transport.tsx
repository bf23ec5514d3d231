import type { ReactNode } from 'react';
import { percent, quantity, type ZoneKey } from '../data/format.ts';
import { valueOf } from '../data/poller.ts';
import { replaySpeeds, type ReplayState } from '../data/replay.ts';
import { SeekBar } from './seek-bar.tsx';
import { SymbolSelect } from './symbol-select.tsx';
import { useSession, useStore } from './use-store.ts';

/** Symbol and replay controls. Each shows what the server last said, not what was clicked. */
export function Transport({ zone }: { readonly zone: ZoneKey }) {
  const { replay: control } = useSession();
  const resource = useStore(control.replay);
  const replay = valueOf(resource);
  return (
    <section className="transport" aria-label="Replay" data-testid="replay" data-phase={replay?.phase ?? 'unknown'}>
      <SymbolSelect replayed={replay?.symbols ?? []} />
      <PlayButton replay={replay} />
      <SpeedButtons replay={replay} />
      <SeekBar replay={replay} zone={zone} />
      <Facts replay={replay} />
      {resource.state === 'failed' || resource.state === 'stale' ? (
        <span className="tone-warning" role="status" data-testid="replay-problem">Replay does not answer: {resource.problem.title}</span>
      ) : null}
    </section>
  );
}

interface Part {
  readonly replay: ReplayState | undefined;
}

function PlayButton({ replay }: Part) {
  const { replay: control } = useSession();
  const busy = useStore(control.busy);
  const playing = replay?.phase === 'playing' || replay?.phase === 'seeking';
  return (
    <button className="button play" type="button" data-testid="play" aria-busy={busy} disabled={replay === undefined}
      onClick={() => void control.send({ state: playing ? 'paused' : 'playing' })}>
      <svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true">
        {playing ? <path d="M1 0h3v10H1zM6 0h3v10H6z" /> : <path d="M1 0l9 5-9 5z" />}
      </svg>
      {playing ? 'Pause' : 'Play'}
    </button>
  );
}

function SpeedButtons({ replay }: Part) {
  const { replay: control } = useSession();
  return (
    <div className="segments" role="group" aria-label="Replay speed">
      {replaySpeeds.map((speed) => (
        <button key={speed} type="button" data-testid={`speed-${speed}`} aria-pressed={replay?.speed === speed}
          disabled={replay === undefined} onClick={() => void control.send({ speed })}
          title={speed === 0 ? 'As fast as the consumers take it' : `${speed} times real time`}>
          {speed === 0 ? 'max' : `${speed}×`}
        </button>
      ))}
    </div>
  );
}

function Facts({ replay }: Part) {
  if (replay === undefined) return null;
  return (
    <>
      <Fact name="State"><span aria-live="polite" data-testid="replay-phase">{replay.phase}</span>{replay.phase === 'seeking' ? ` ${percent(replay.progress)}` : ''}</Fact>
      <Fact name="Events">
        {quantity(replay.eventsSent)} / {quantity(replay.eventsTotal)}
      </Fact>
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return <span className="fact">{name} <b>{children}</b></span>;
}
