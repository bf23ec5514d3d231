import { useState } from 'react';
import type { ZoneKey } from '../data/format.ts';
import { ChartPanel } from './chart-panel.tsx';
import { EventsPanel } from './events-panel.tsx';
import { FeaturesPanel } from './features-panel.tsx';
import { Notices } from './notices.tsx';
import { PlatformPanel } from './platform-panel.tsx';
import { RatesPanel } from './rates-panel.tsx';
import { SourcesPanel } from './sources-panel.tsx';
import { TopBar, type PageKey } from './top-bar.tsx';
import { Transport } from './transport.tsx';

/** The page. */
export function Desk() {
  const [zone, setZone] = useState<ZoneKey>('exchange');
  const [page, setPage] = useState<PageKey>('desk');
  return (
    <div className="page">
      <TopBar zone={zone} onZone={setZone} page={page} onPage={setPage} />
      <Transport zone={zone} />
      {page === 'sources' ? <main className="desk single"><SourcesPanel zone={zone} /></main> : (
        <main className="desk">
          <ChartPanel zone={zone} />
          <FeaturesPanel />
          <PlatformPanel />
          <RatesPanel />
          <EventsPanel zone={zone} />
        </main>
      )}
      <Notices />
    </div>
  );
}
