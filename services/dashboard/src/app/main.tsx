import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import 'uplot/dist/uPlot.min.css';
import { browserPorts } from './browser-ports.ts';
import { Desk } from './components/desk.tsx';
import { SessionContext } from './components/use-store.ts';
import { Session } from './data/session.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/controls.css';
import './styles/panels.css';

const session = new Session(browserPorts, new URLSearchParams(location.search).get('symbol'));

// A reload or a shared link shows the same symbol.
session.market.symbol.subscribe(() => {
  const symbol = session.market.symbol.get();
  if (symbol !== null) history.replaceState(null, '', `?${new URLSearchParams({ symbol }).toString()}`);
});

session.start();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <SessionContext value={session}>
      <Desk />
    </SessionContext>
  </StrictMode>,
);
