import { useState } from 'react';
import type { ZoneKey } from '../data/format.ts';
import { ChartPanel } from './chart-panel.tsx';
import { EventsPanel } from './events-panel.tsx';
import { FeaturesPanel } from './features-panel.tsx';
import { Notices } from './notices.tsx';
import { PlatformPanel } from './platform-panel.tsx';
import { RatesPanel } from './rates-panel.tsx';
import { TopBar } from './top-bar.tsx';
import { Transport } from './transport.tsx';

/** The page. */
export function Desk() {
  const [zone, setZone] = useState<ZoneKey>('exchange');
  return (
    <div className="page">
      <TopBar zone={zone} onZone={setZone} />
      <Transport zone={zone} />
      <main className="desk">
        <ChartPanel zone={zone} />
        <FeaturesPanel />
        <PlatformPanel />
        <RatesPanel />
        <EventsPanel zone={zone} />
      </main>
      <Notices />
    </div>
  );
}
