import { useState } from 'react';
import type { ZoneKey } from '../data/format.ts';
import { BookPage } from './book-page.tsx';
import { ChartPanel } from './chart-panel.tsx';
import { ConnectionsPage } from './connections-page.tsx';
import { EventsPanel } from './events-panel.tsx';
import { FeaturesPage } from './features-page.tsx';
import { FeaturesPanel } from './features-panel.tsx';
import { Notices } from './notices.tsx';
import { PlatformPanel } from './platform-panel.tsx';
import { RatesPanel } from './rates-panel.tsx';
import { SourcesPanel } from './sources-panel.tsx';
import { TopBar } from './top-bar.tsx';
import { Transport } from './transport.tsx';
import { useSession, useStore } from './use-store.ts';
import { VpinPage } from './vpin-page.tsx';

/** The application: what all pages share, and the one that is open. */
export function Desk() {
  const [zone, setZone] = useState<ZoneKey>('exchange');
  return (
    <div className="page">
      <TopBar zone={zone} onZone={setZone} />
      <Transport zone={zone} />
      <Page zone={zone} />
      <Notices />
    </div>
  );
}

function Page({ zone }: { readonly zone: ZoneKey }) {
  const page = useStore(useSession().page);
  switch (page) {
    case 'book':
      return <BookPage zone={zone} />;
    case 'vpin':
      return <VpinPage zone={zone} />;
    case 'features':
      return <FeaturesPage zone={zone} />;
    case 'sources':
      return <main className="desk single"><SourcesPanel zone={zone} /></main>;
    case 'connections':
      return <ConnectionsPage zone={zone} />;
    case 'desk':
      return (
        <main className="desk">
          <ChartPanel zone={zone} />
          <FeaturesPanel />
          <PlatformPanel />
          <RatesPanel />
          <EventsPanel zone={zone} />
        </main>
      );
  }
}
